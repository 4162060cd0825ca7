// Mattermost: the adapter against the Mattermost half of the sandbox.
#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/mattermost/adapter.h"
#include "adapters/net/http_server.h"
#include "adapters/net/websocket.h"
#include "adapters/sandbox/mentions.h"
#include "tests/contract/chat/sandbox_platform.h"

namespace countersign::contract {
namespace {

using namespace std::chrono_literals;
using adapters::mattermost::MattermostAdapter;

constexpr std::string_view kZeroWidthSpace = "\u200B";

// What a reader sees of Markdown.
std::string read(std::string_view markdown) {
  std::string out;
  while (!markdown.empty()) {
    std::size_t taken = 1;
    const bool escaped =
        markdown.size() > 1 && markdown[0] == '\\' && std::ispunct(markdown[1]) != 0;
    if (escaped) {
      out += markdown[1];
      taken = 2;
    } else if (markdown.starts_with("**")) {
      taken = 2;
    } else if (markdown.starts_with(kZeroWidthSpace)) {
      taken = kZeroWidthSpace.size();
    } else if (markdown.starts_with("&amp;")) {
      out += '&';
      taken = 5;
    } else if (markdown[0] != '`') {
      out += markdown[0];
    }
    markdown.remove_prefix(taken);
  }
  return out;
}

// What one person's client is told and nobody else's.
struct Screen {
  std::mutex mutex;
  std::vector<std::string> told;  // guarded by mutex
  Json window;                    // guarded by mutex; null: none

  void hear(const std::string& frame) {
    const Json event = Json::parse(frame, nullptr, false);
    const auto name = event.value("event", "");
    const std::lock_guard lock(mutex);
    if (name == "open_dialog") window = Json::parse(event["data"]["dialog"].get<std::string>());
    if (name == "ephemeral_message")
      told.push_back(
          read(Json::parse(event["data"]["post"].get<std::string>()).value("message", "")));
  }
};

class MattermostPlatform : public SandboxPlatform {
 public:
  explicit MattermostPlatform(Begin begin)
      : SandboxPlatform(begin, [](const auto& info) { return info.base_url; }),
        door_(io_, {},
              [this](const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
                const auto bot = bot_now();
                if (bot) return bot->handle_http(request, respond);
                respond({503, {}, ""});
              }) {
    public_url_ = "http://127.0.0.1:" + std::to_string(door_.start().value());
    for (const auto& [name, user] : info_.users) people_[name] = user;
    for (const auto* who : {"alice", "bob", "carol"}) watch(who);
    renew();
  }
  ~MattermostPlatform() override {
    bot_->stop();
    door_.stop();
    for (const auto& socket : sockets_) socket->close();
    people_io_.stop();
  }

  core::ChatAdapter& bot() override { return *bot_now(); }
  void renew() override {
    const adapters::mattermost::SocketTiming fast{.hello = 5s,
                                                  .ping_every = 20ms,
                                                  .ping_reply = 10s,
                                                  .first_pause = 20ms,
                                                  .longest_pause = 100ms};
    auto made = std::make_shared<MattermostAdapter>(
        io_,
        adapters::mattermost::Options{"mm", by_line(info_.base_url), info_.bot.token,
                                      info_.team_name, "!", public_url_, "/chat/mm/action", fast,
                                      10ms, 1h},
        ids_);
    const std::lock_guard lock(bot_mutex_);
    bot_.swap(made);
  }
  // It tries a button of its own and deletes it again.
  void settle() override { line_->wait_for_requests("DELETE /api/v4/posts/", ++starts_); }

  void add(const std::string& who, Kind kind) override {
    const bool guest = kind == Kind::guest || kind == Kind::outsider;
    const Json made = call(info_.base_url + "/control/users",
                           {{"username", who}, {"guest", guest}, {"bot", kind == Kind::bot}});
    people_[who] = {text_at(made, "id"), who, text_at(made, "token")};
  }
  void rename(const std::string& who, const std::string& to) override {
    call(info_.base_url + "/control/users/rename", {{"user", who}, {"username", to}});
    people_[to] = people_.at(who);
  }
  std::string key(const std::string& who) override { return "mm:" + people_.at(who).id; }
  std::string say(const std::string& who, const std::string& text,
                  const std::string& thread) override {
    const Json body = {{"channel_id", channel("ops")}, {"message", text}, {"root_id", thread}};
    const Json made = as(who, "/posts", body);
    created_[text_at(made, "id")] = made.at("create_at").get<std::int64_t>();
    return text_at(made, "id");
  }
  void edit(const std::string& who, const std::string& message, const std::string& text) override {
    as(who, "/posts/" + message + "/patch", {{"message", text}}, "PUT");
  }
  void remove(const std::string& who, const std::string& message) override {
    as(who, "/posts/" + message, nullptr, "DELETE");
  }
  // By a link to it, which is all that this Mattermost knows of forwarding.
  void forward(const std::string& who, const std::string& message) override {
    say(who, info_.base_url + "/" + info_.team_name + "/pl/" + message, "");
  }
  void react(const std::string& who, const std::string& message, const std::string& emoji,
             bool there) override {
    if (there) {
      as(who, "/reactions",
         {{"user_id", people_.at(who).id}, {"post_id", message}, {"emoji_name", emoji}});
    } else {
      as(who, "/users/me/posts/" + message + "/reactions/" + emoji, nullptr, "DELETE");
    }
  }
  void click(const std::string& who, const std::string& message, const std::string& button,
             const std::string& choice) override {
    const Json chosen = choice.empty() ? Json::object() : Json{{"selected_option", choice}};
    as(who, "/posts/" + message + "/actions/" + button, chosen);
  }
  bool has_window(const std::string& who) override {
    Screen& screen = screens_[who];
    const std::lock_guard lock(screen.mutex);
    return !screen.window.is_null();
  }
  std::map<std::string, std::string> submit(
      const std::string& who, const std::map<std::string, std::string>& values) override {
    Screen& screen = screens_[who];
    Json window;
    {
      const std::lock_guard lock(screen.mutex);
      window = screen.window;
    }
    const Json& dialog = window.at("dialog");
    const Json answer = as(who, "/actions/dialogs/submit",
                           {{"url", window.at("url")},
                            {"callback_id", dialog.at("callback_id")},
                            {"state", dialog.at("state")},
                            {"channel_id", channel("ops")},
                            {"submission", values}});
    if (answer.contains("error")) return {{"", answer["error"].get<std::string>()}};
    if (answer.contains("errors"))
      return answer["errors"].get<std::map<std::string, std::string>>();
    const std::lock_guard lock(screen.mutex);
    screen.window = nullptr;
    return {};
  }

  std::string group() const override { return "#ops-prod"; }
  std::string no_group() const override { return "#nobody"; }
  void let_in(const std::string& who) override {
    as("alice", "/channels/" + channel("ops-prod") + "/members", {{"user_id", people_.at(who).id}});
  }

  void cut() override { line_->cut(); }
  void set_down(bool down) override { line_->set_down(down); }
  // After the adapter's trial of whether clicks reach it, which posts too and ends so.
  void limit(int posts) override {
    line_->wait_for_requests("DELETE /api/v4/posts/", 1);
    call(info_.base_url + "/control/rest/refuse", {{"count", posts},
                                                   {"status", 429},
                                                   {"user", "countersign"},
                                                   {"path", "POST /api/v4/posts"}});
  }
  void lose_answer() override { line_->lose_answer({"POST /api/v4/posts ", "PUT /api/v4/posts/"}); }
  bool covers(const std::string& position, const std::string& message,
              const std::string& voter) override {
    const Json left = Json::parse(position, nullptr, false);
    if (!left.is_object()) return false;
    if (voter.empty()) return left.at("at").get<std::int64_t>() > created_.at(message);
    const auto& standing = left.at("standing");
    return std::ranges::any_of(standing, [&](const Json& one) {
      return one.at(0) == message && one.at(2) == people_.at(voter).id;
    });
  }

  std::vector<Shown> posts() override {
    std::vector<Shown> all;
    const Json list =
        as("alice", "/channels/" + channel("ops") + "/posts?per_page=200").at("posts");
    for (const Json& post : list) {
      const auto message = text_at(post, "message");
      Shown one{text_at(post, "id"),
                name_of(text_at(post, "user_id")),
                text_at(post, "root_id"),
                read(message),
                post.dump(),
                {},
                adapters::sandbox::mentioned_names(message)};
      created_[one.id] = post.at("create_at").get<std::int64_t>();
      for (const Json& attachment : post.at("props").value("attachments", Json::array())) {
        for (const Json& action : attachment.at("actions"))
          one.buttons.push_back(text_at(action, "id"));
      }
      all.push_back(std::move(one));
    }
    std::ranges::sort(all, {}, [this](const Shown& one) { return created_[one.id]; });
    return all;
  }
  std::vector<std::string> told(const std::string& who) override {
    Screen& screen = screens_[who];
    std::vector<std::string> words;
    {
      const std::lock_guard lock(screen.mutex);
      words = screen.told;
    }
    const Json direct = as(who, "/channels/direct", {people_.at(who).id, info_.bot.id});
    const Json list = as(who, "/channels/" + text_at(direct, "id") + "/posts").at("posts");
    for (const Json& post : list) words.push_back(read(text_at(post, "message")));
    return words;
  }
  std::map<std::string, std::string> files(const std::string& thread) override {
    std::map<std::string, std::string> out;
    const Json list = as("alice", "/posts/" + thread + "/thread").at("posts");
    for (const Json& post : list) {
      for (const Json& id : post.value("file_ids", Json::array())) {
        const std::string path = "/files/" + id.get<std::string>();
        out[text_at(as("alice", path + "/info"), "name")] =
            bytes(info_.base_url + "/api/v4" + path, people_.at("alice").token);
      }
    }
    return out;
  }

 private:
  Json as(const std::string& who, const std::string& path, const Json& body = nullptr,
          const std::string& method = "") {
    return call(info_.base_url + "/api/v4" + path, body, people_.at(who).token, method);
  }
  const std::string& channel(const std::string& name) const { return info_.channels.at(name); }
  std::string name_of(const std::string& id) const {
    for (const auto& [name, user] : people_) {
      if (user.id == id) return name;
    }
    return "countersign";
  }
  std::shared_ptr<MattermostAdapter> bot_now() {
    const std::lock_guard lock(bot_mutex_);
    return bot_;
  }
  void watch(const std::string& who) {
    net::WebSocketOptions options;
    options.url = info_.ws_url;
    options.headers = {{"Authorization", "Bearer " + people_.at(who).token}};
    Screen& screen = screens_[who];
    sockets_.push_back(net::WebSocket::open(
        people_io_, std::move(options), [] {},
        [&screen](const std::string& frame) { screen.hear(frame); }, [](const std::string&) {}));
  }

  std::map<std::string, adapters::sandbox::SandboxUser> people_;  // by username
  std::map<std::string, std::int64_t> created_;                   // messages that were looked at
  std::map<std::string, Screen> screens_;
  net::Io people_io_;
  std::vector<std::shared_ptr<net::WebSocket>> sockets_;
  std::string public_url_;
  int starts_ = 0;
  std::mutex bot_mutex_;
  std::shared_ptr<MattermostAdapter> bot_;  // guarded by bot_mutex_
  net::HttpServer door_;
};

}  // namespace

std::unique_ptr<Platform> mattermost(Begin begin) {
  return std::make_unique<MattermostPlatform>(begin);
}

}  // namespace countersign::contract
