#include "adapters/slack/catch_up.h"

#include "adapters/slack/ids.h"
#include "bot/obs/log.h"

namespace countersign::adapters::slack {
namespace {

constexpr int kPerPage = 100;

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

void CatchUp::read(const std::set<std::string>& channels, core::Instant since,
                   const std::function<void(const Said&)>& hear, const std::stop_token& stop) {
  for (const auto& channel : channels) {
    if (stop.stop_requested()) return;
    const auto answer = api_.read(
        "conversations.history",
        {{"channel", channel}, {"oldest", ts_of(since)}, {"inclusive", true}, {"limit", kPerPage}},
        stop);
    if (!answer.ok()) {
      say_once("what was said meanwhile could not be read", answer.why);
      continue;
    }
    const Json& messages = array_at(answer.body, "messages");
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
      if (const auto said = parse_message(*message, channel)) hear(*said);
    }
  }
}

}  // namespace countersign::adapters::slack
