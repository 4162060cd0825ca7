// Slack: the adapter against the Slack half of the sandbox.
#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/net/url.h"
#include "adapters/slack/adapter.h"
#include "tests/contract/chat/sandbox_platform.h"

namespace countersign::contract {
namespace {

using namespace std::chrono_literals;

// All that a reader sees of blocks, a line for each piece.
std::string read(const Json& node) {
  std::string out;
  if (node.is_array()) {
    for (const Json& one : node) out += read(one);
    return out;
  }
  const auto type = text_at(node, "type");
  if (type == "text" || type == "plain_text" || type == "mrkdwn") return text_at(node, "text");
  if (type == "user") return "<@" + text_at(node, "user_id") + ">";
  if (type == "date") return text_at(node, "fallback");
  for (const char* const part : {"text", "fields", "elements"}) {
    if (node.contains(part)) out += read(node[part]);
  }
  return out + "\n";
}

// Who is called: by elements of rich text, and by tokens where markup is read.
void add_mentions(const Json& node, std::vector<std::string>& out) {
  if (node.is_structured()) {
    for (const Json& one : node) add_mentions(one, out);
  }
  const auto type = text_at(node, "type");
  if (type == "user") out.push_back(text_at(node, "user_id"));
  if (type == "broadcast") out.push_back(text_at(node, "range"));
  if (type == "usergroup") out.push_back(text_at(node, "usergroup_id"));
  const auto markup = type == "mrkdwn" || type == "message" ? text_at(node, "text") : "";
  for (std::size_t at = markup.find('<'); at != markup.npos; at = markup.find('<', at + 1)) {
    const bool names = markup.compare(at, 2, "<@") == 0 || markup.compare(at, 2, "<!") == 0;
    if (names && markup.compare(at, 7, "<!date^") != 0)
      out.push_back(markup.substr(at + 2, markup.find('>', at) - at - 2));
  }
}

void add_buttons(const Json& blocks, std::vector<std::string>& out) {
  for (const Json& block : blocks) {
    if (text_at(block, "type") != "actions") continue;
    for (const Json& element : block.at("elements")) out.push_back(text_at(element, "action_id"));
  }
}

class SlackPlatform : public SandboxPlatform {
 public:
  explicit SlackPlatform(Begin begin)
      : SandboxPlatform(begin, [](const auto& info) { return info.slack.api_url; }) {
    for (const auto& [name, user] : info().users) ids_of_[name] = user.id;
    renew();
  }
  ~SlackPlatform() override { bot_->stop(); }

  core::ChatAdapter& bot() override { return *bot_; }
  void renew() override {
    const adapters::slack::SocketTiming fast{.hello = 5s,
                                             .silence = 30s,
                                             .overlap = 200ms,
                                             .first_pause = 20ms,
                                             .longest_pause = 100ms,
                                             .refused_pause = 50ms,
                                             .mark_every = 20ms};
    bot_ = std::make_unique<adapters::slack::SlackAdapter>(
        io_,
        adapters::slack::Options{"slack", info().app_token, info().bot_token,
                                 by_line(info().api_url), "!", fast},
        ids_);
  }

  void add(const std::string& who, Kind kind) override {
    ids_of_[who] = text_at(control("users", {{"username", who},
                                             {"guest", kind == Kind::guest},
                                             {"outsider", kind == Kind::outsider},
                                             {"bot", kind == Kind::bot}}),
                           "id");
  }
  void rename(const std::string& who, const std::string& to) override {
    call(info().control_url + "/users/rename", {{"user", who}, {"username", to}});
    ids_of_[to] = ids_of_[who];
  }
  std::string key(const std::string& who) override { return "slack:" + ids_of_.at(who); }
  std::string say(const std::string& who, const std::string& text,
                  const std::string& thread) override {
    return text_at(act("say", who, {{"text", text}, {"thread_ts", thread}}), "ts");
  }
  void edit(const std::string& who, const std::string& message, const std::string& text) override {
    act("edit", who, {{"ts", message}, {"text", text}});
  }
  void remove(const std::string& who, const std::string& message) override {
    act("delete", who, {{"ts", message}});
  }
  // As Slack tells of it: the words stand in an attachment, with none of the forwarder's own.
  void forward(const std::string& who, const std::string& message) override {
    const Json copy = {{"is_share", true}, {"ts", message}, {"text", shown(message).text}};
    const Json event = {{"type", "message"},    {"user", ids_of_.at(who)},
                        {"text", ""},           {"ts", "1800000000.000001"},
                        {"channel", channel()}, {"attachments", Json::array({copy})}};
    control("emit",
            {{"type", "events_api"},
             {"payload", {{"type", "event_callback"}, {"event_id", "Ev1"}, {"event", event}}}});
  }
  void react(const std::string& who, const std::string& message, const std::string& emoji,
             bool there) override {
    act("react", who, {{"ts", message}, {"name", emoji}, {"remove", !there}});
  }
  void click(const std::string& who, const std::string& message, const std::string& button,
             const std::string& choice) override {
    // A menu's id goes on with its context.
    const auto all = shown(message).buttons;
    const auto id = std::ranges::find_if(
        all, [&](const auto& one) { return one == button || one.starts_with(button + "|"); });
    ASSERT_NE(id, all.end()) << button;
    Json body = {{"ts", message}, {"action_id", *id}, {"wait", true}};
    if (!choice.empty()) body["selected"] = choice;
    act("click", who, body);
  }
  bool has_window(const std::string& who) override { return !seen(who).at("views").empty(); }
  std::map<std::string, std::string> submit(
      const std::string& who, const std::map<std::string, std::string>& values) override {
    const Json answer =
        act("submit", who, {{"view_id", seen(who)["views"][0]["id"]}, {"values", values}});
    return answer.value("errors", std::map<std::string, std::string>());
  }

  std::string group() const override { return "@sre"; }
  std::string no_group() const override { return "@nobody"; }
  void let_in(const std::string& who) override {
    control("groups", {{"handle", "sre"}, {"users", {"alice", "bob", who}}});
  }

  void cut() override { control("disconnect", {{"mode", "abort"}}); }
  void set_down(bool down) override {
    line_->set_down(down);
    if (down) cut();
  }
  void limit(int posts) override {
    control("fail-next", {{"method", "chat.postMessage"},
                          {"status", 429},
                          {"headers", {{"Retry-After", "1"}}},
                          {"body", {{"ok", false}, {"error", "ratelimited"}}},
                          {"count", posts}});
  }
  void lose_answer() override {
    line_->lose_answer({"POST /api/chat.postMessage ", "POST /api/chat.update "});
  }
  void an_hour_passes() override {
    SandboxPlatform::an_hour_passes();
    control("reset", Json::object());  // what Slack would have brought again meanwhile
  }
  bool covers(const std::string& position, const std::string& message,
              const std::string& voter) override {
    const Json left = Json::parse(position, nullptr, false);
    if (!left.is_object()) return false;
    if (text_at(left, "heard") < message && voter.empty()) return false;
    for (const Json& one : left.value("reactions", Json::array())) {
      if (!voter.empty() && one.at(1) == ids_of_.at(voter) &&
          one.at(0).get<std::string>().starts_with(message))
        return true;
    }
    return voter.empty();
  }

  std::vector<Shown> posts() override {
    std::vector<Shown> all;
    for (const Json& message : messages()) {
      Shown one{text_at(message, "ts"),
                name_of(text_at(message, "user")),
                text_at(message, "thread_ts"),
                "",
                message.dump(),
                {},
                {}};
      if (one.thread == one.id) one.thread.clear();
      const Json blocks = message.value("blocks", Json::array());
      one.text = blocks.empty() ? text_at(message, "text") : read(blocks);
      add_buttons(blocks, one.buttons);
      add_mentions(message, one.mentions);
      for (auto& who : one.mentions) who = name_of(who);
      all.push_back(std::move(one));
    }
    return all;
  }
  std::vector<std::string> told(const std::string& who) override {
    std::vector<std::string> words;
    const Json screen = seen(who);
    for (const Json& message : screen.at("messages"))
      words.push_back(message.contains("blocks") ? read(message["blocks"])
                                                 : text_at(message, "text"));
    return words;
  }
  std::map<std::string, std::string> files(const std::string& thread) override {
    std::map<std::string, std::string> out;
    for (const Json& message : messages("&thread_ts=" + thread)) {
      for (const Json& file : message.value("files", Json::array()))
        out[text_at(file, "name")] = bytes(text_at(file, "url_private"), info().bot_token);
    }
    return out;
  }

 private:
  const adapters::sandbox::SlackInfo& info() const { return info_.slack; }
  const std::string& channel() const { return info().channels.at("ops"); }
  Json control(const std::string& what, const Json& body) {
    return call(info().control_url + "/" + what, body);
  }
  Json act(const std::string& what, const std::string& who, Json body) {
    body.update({{"user", ids_of_.at(who)}, {"channel", "ops"}});
    return control(what, body);
  }
  Json seen(const std::string& who) {
    return call(info().control_url + "/seen?user=" + ids_of_.at(who));
  }
  Json messages(const std::string& more = "") {
    return call(info().control_url + "/messages?channel=ops" + more).at("messages");
  }
  Shown shown(const std::string& id) {
    const auto all = posts();
    const auto found = std::ranges::find(all, id, &Shown::id);
    EXPECT_NE(found, all.end()) << id;
    return found == all.end() ? Shown() : *found;
  }
  std::string name_of(const std::string& id) const {
    for (const auto& [name, known] : ids_of_) {
      if (known == id) return name;
    }
    return id == info().bot_user_id ? "countersign" : id;
  }

  std::map<std::string, std::string> ids_of_;  // by username
  std::unique_ptr<adapters::slack::SlackAdapter> bot_;
};

}  // namespace

std::unique_ptr<Platform> slack(Begin begin) { return std::make_unique<SlackPlatform>(begin); }

}  // namespace countersign::contract
