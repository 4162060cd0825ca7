#include "adapters/slack/catch_up.h"

#include <algorithm>
#include <ranges>

#include "adapters/slack/ids.h"
#include "bot/obs/log.h"

namespace countersign::adapters::slack {
namespace {

constexpr int kPerPage = 200;
constexpr std::size_t kThreads = 20;

}  // namespace

void CatchUp::say_once(const std::string& what, const std::string& why) {
  if (said_.insert(what + why).second) obs::warning(what, {{"chat", chat_}, {"why", why}});
}

std::vector<core::OpenQuestion> CatchUp::look_at(const std::vector<core::OpenQuestion>& questions,
                                                 const std::stop_token& stop) {
  std::vector<core::OpenQuestion> left;
  for (const auto& question : questions) {
    if (stop.stop_requested()) return left;
    const auto looked = listener_.look_at(question, stop);
    if (looked) continue;
    if (looked.error().kind == ErrorKind::unavailable) left.push_back(question);
    say_once("the votes on a message could not be looked up", looked.error().message);
  }
  return left;
}

bool CatchUp::read(std::set<std::string> channels, const std::vector<core::OpenQuestion>& questions,
                   core::Instant since, const std::function<bool(const Said&)>& hear,
                   const std::stop_token& stop) {
  std::map<std::string, std::set<std::string>> threads;
  const auto older = questions.size() - std::min(questions.size(), kThreads);
  for (const auto& question : questions | std::views::drop(older)) {
    channels.insert(question.channel_id);
    threads[question.channel_id].insert(question.message_id);
  }
  bool complete = true;
  for (const auto& channel : channels) {
    Found found;
    complete &= read_channel(channel, threads[channel], ts_of(since), found, stop);
    for (const auto& [ts, said] : found) complete &= hear(said);
  }
  return complete;
}

bool CatchUp::read_channel(const std::string& channel, std::set<std::string> threads,
                           const std::string& since, Found& found, const std::stop_token& stop) {
  Json args = {{"channel", channel}, {"oldest", since}, {"inclusive", true}, {"limit", kPerPage}};
  bool complete = collect("conversations.history", args, found, &threads, stop);
  for (const auto& thread : threads) {
    args["ts"] = thread;
    complete &= collect("conversations.replies", args, found, nullptr, stop);
  }
  return complete;
}

bool CatchUp::collect(const std::string& method, Json args, Found& found,
                      std::set<std::string>* threads, const std::stop_token& stop) {
  const auto channel = text_at(args, "channel");
  const auto since = text_at(args, "oldest");
  const auto read = read_pages(api_, method, std::move(args), stop, [&](const Json& page) {
    for (const Json& message : array_at(page, "messages")) {
      const auto ts = text_at(message, "ts");
      if (threads && text_at(message, "latest_reply") >= since) threads->insert(ts);
      if (ts < since) continue;  // a thread comes with its first message
      if (auto said = parse_message(message, channel)) found.emplace(ts, *std::move(said));
    }
    return true;
  });
  if (!read) say_once("what was said meanwhile could not be read", read.error().message);
  return read.ok() || read.error().kind != ErrorKind::unavailable;
}

}  // namespace countersign::adapters::slack
