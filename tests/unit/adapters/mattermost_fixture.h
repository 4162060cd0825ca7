// A Mattermost adapter against a running sandbox, with an inbox and a desk that remember what they
// got.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "adapters/mattermost/adapter.h"
#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::mattermost {

using namespace std::chrono_literals;
using core::Delivery;
using core::Outgoing;
using sandbox::Harness;

// Things that arrive from another thread, waited for with a deadline.
template <class T>
class Arrivals {
 public:
  void add(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    changed_.notify_all();
  }
  T at(std::size_t index) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, 20s, [&] { return items_.size() > index; });
    EXPECT_TRUE(came) << "only " << items_.size() << " arrived";
    return came ? items_[index] : T();
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
};

class FakeInbox : public core::Inbox {
 public:
  void accept(std::vector<core::Incoming> deliveries, Done done) override {
    if (refusals-- > 0) return done(unavailable("the database is away"));
    for (auto& incoming : deliveries) arrived.add(std::move(incoming));
    done(std::vector<core::Accepted>(deliveries.size()));
  }
  std::atomic<int> refusals = 0;
  Arrivals<core::Incoming> arrived;
};

class FakeDesk : public core::ChatDesk {
 public:
  void act(core::Act act, std::function<void(core::ActAnswer)> answer) override {
    offered.add(act);
    if (refusals-- > 0) return answer({.tell = "", .kept = false});
    arrived.add(act);
    answer(reply(act));
  }
  void connection_changed(const std::string&, bool up, const std::string& why) override {
    changes.add({up, why});
  }
  Result<std::string> position(const std::string&) override {
    if (position_refusals-- > 0) return unavailable("the database is away");
    const std::lock_guard lock(mutex_);
    return position_;
  }
  void heard_up_to(const std::string&, const std::string& position) override {
    const std::lock_guard lock(mutex_);
    position_ = position;
    marks.add(position);
  }
  std::vector<core::OpenQuestion> open_questions(const std::string&) override {
    const std::lock_guard lock(mutex_);
    return open_;
  }
  void ask(const core::Delivery& sent) {
    const std::lock_guard lock(mutex_);
    open_.push_back({sent.channel_id, sent.message_id});
  }

  std::string tell;
  std::function<core::ActAnswer(const core::Act&)> reply = [this](const core::Act&) {
    return core::ActAnswer{.tell = tell};
  };
  std::atomic<int> refusals = 0;
  std::atomic<int> position_refusals = 0;
  Arrivals<core::Act> offered;
  Arrivals<core::Act> arrived;  // and kept
  Arrivals<std::pair<bool, std::string>> changes;
  Arrivals<std::string> marks;

 private:
  std::mutex mutex_;
  std::string position_;                  // guarded by mutex_
  std::vector<core::OpenQuestion> open_;  // guarded by mutex_
};

class FakeIds : public core::IdSource {
 public:
  core::CorrelationId correlation() override {
    return core::CorrelationId::parse(std::string(31, '0') + "1");
  }
  std::string uuid() override { return "uuid"; }
  std::string token(int) override { return "token"; }
  double chance() override { return 0.0; }
};

inline constexpr SocketTiming kFast{
    .hello = 3s, .ping_every = 50ms, .ping_reply = 1s, .first_pause = 20ms, .longest_pause = 200ms};

class MattermostAdapterTest : public testing::Test {
 protected:
  explicit MattermostAdapterTest(sandbox::SandboxOptions options = {}) : chat_(std::move(options)) {
    door_ = std::make_unique<net::HttpServer>(
        io_, net::HttpServerOptions{},
        [this](const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
          const auto adapter = adapter_now();
          if (!adapter || !door_open_) return respond({404, {}, "nobody here"});
          adapter->handle_http(request, respond);
        });
    public_url_ = "http://127.0.0.1:" + std::to_string(*door_->start());
    make(chat_.info.bot.token);
  }

  ~MattermostAdapterTest() override {
    adapter_->stop();
    door_->stop();
  }

  void make(const std::string& token, SocketTiming timing = kFast,
            std::chrono::milliseconds mark_every = 50ms) {
    auto made = std::make_shared<MattermostAdapter>(
        io_,
        Options{"mm", chat_.info.base_url + "/", token, chat_.info.team_name, "!", public_url_,
                "/chat/mm/action", timing, 10ms, mark_every},
        ids_);
    const std::lock_guard lock(adapter_mutex_);
    adapter_.swap(made);
  }

  std::shared_ptr<MattermostAdapter> adapter_now() {
    const std::lock_guard lock(adapter_mutex_);
    return adapter_;
  }

  // The same bot in a new process.
  void restart(SocketTiming timing = kFast) {
    adapter_->stop();
    make(chat_.info.bot.token, timing);
    const auto said = desk_.changes.count();
    adapter_->start(inbox_, desk_);
    EXPECT_TRUE(desk_.changes.at(said).first);
  }

  void start() {
    adapter_->start(inbox_, desk_);
    EXPECT_EQ(desk_.changes.at(0), std::pair(true, std::string()));
    EXPECT_TRUE(adapter_->connected());
  }

  Json control(const std::string& path, const Json& body) {
    net::HttpCall request;
    request.method = "POST";
    request.url = chat_.info.base_url + "/control/" + path;
    request.body = body.dump();
    const auto result = net::call(request);
    EXPECT_EQ(result.response.status, 200) << result.why << result.response.body;
    return Json::parse(result.response.body, nullptr, false);
  }

  Outgoing message(const std::string& text, const std::string& client_id = "client-1") {
    Outgoing out;
    out.client_id = client_id;
    out.place = {"mm", "#ops", ""};
    out.message.lines = {{core::plain(text)}};
    return out;
  }

  core::Button button() {
    return {"approve", "Approve", core::Button::Style::primary, {{"seal", "s"}}};
  }

  void react(const std::string& who, const std::string& post, const std::string& emoji) {
    chat_.ok(who, "POST", "/api/v4/reactions",
             {{"user_id", chat_.id(who)}, {"post_id", post}, {"emoji_name", emoji}});
  }
  void unreact(const std::string& who, const std::string& post, const std::string& emoji) {
    chat_.ok(who, "DELETE", "/api/v4/users/me/posts/" + post + "/reactions/" + emoji);
  }
  sandbox::Reply click(const std::string& who, const std::string& post, const std::string& action,
                       const Json& body = Json::object()) {
    return chat_.rest(who, "POST", "/api/v4/posts/" + post + "/actions/" + action, body);
  }

  Json read(const std::string& post) { return chat_.ok("alice", "GET", "/api/v4/posts/" + post); }

  FakeIds ids_;
  FakeInbox inbox_;
  FakeDesk desk_;
  Harness chat_;
  net::Io io_;
  std::string public_url_;
  std::unique_ptr<net::HttpServer> door_;
  std::atomic<bool> door_open_ = true;
  std::mutex adapter_mutex_;
  std::shared_ptr<MattermostAdapter> adapter_;
};

}  // namespace countersign::adapters::mattermost
