// A Slack that does as the test says: Web API answers by method, and the sockets in its hands. Also
// the bot's side of the adapter, which remembers what it was handed. Waits with deadlines, never
// for a time.
#pragma once
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/net/http_server.h"
#include "bot/core/ports/chat.h"
#include "bot/core/ports/services.h"

namespace countersign::adapters::slack {

inline constexpr std::chrono::seconds kDeadline{20};

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
    const bool came = changed_.wait_for(lock, kDeadline, [&] { return items_.size() > index; });
    EXPECT_TRUE(came) << "only " << items_.size() << " arrived";
    return came ? items_[index] : T();
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }
  std::deque<T> all() {
    const std::lock_guard lock(mutex_);
    return items_;
  }
  // Of those that fit, the one with this number.
  T wait(const std::function<bool(const T&)>& fits, std::size_t nth = 0) {
    std::unique_lock lock(mutex_);
    auto found = items_.end();
    const bool came = changed_.wait_for(lock, kDeadline, [&] {
      std::size_t left = nth + 1;
      found = std::find_if(items_.begin(), items_.end(),
                           [&](const T& item) { return fits(item) && --left == 0; });
      return found != items_.end();
    });
    EXPECT_TRUE(came) << "it did not arrive";
    return came ? *found : T();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
};

class SlackDouble {
 public:
  struct Call {
    std::string method;
    Json args;  // of a form: texts
    std::string type;
    std::string authorization;
  };
  struct Frame {
    std::size_t socket = 0;
    Json json;
  };

  explicit SlackDouble(net::Io& io);
  ~SlackDouble() { server_.stop(); }

  std::string url(const std::string& path = "/api/") const;
  // The next answers to a method, before it goes on answering as usual.
  void next(const std::string& method, net::HttpResponse response);
  void next(const std::string& method, const Json& body, int status = 200);
  // What a method answers from now on.
  void always(const std::string& method, const Json& body);

  void send(std::size_t socket, const Json& frame);
  void close(std::size_t socket, int code = 1000);
  void greet_by_hand() { greeting_ = false; }  // sockets opened from now on get no hello
  Json event(const std::string& envelope, const Json& inner, int attempt = 0) const;
  Json interaction(const std::string& envelope, const Json& payload, bool answers = false) const;

  // The acknowledgement of an envelope, and the socket that it came by.
  Frame ack(const std::string& envelope);
  bool acked(const std::string& envelope);
  Call call(const std::string& method, std::size_t nth = 0);
  std::size_t calls(const std::string& method);

  Arrivals<std::size_t> opened;
  Arrivals<std::size_t> closed;

 private:
  void handle(const net::HttpRequest& request, const net::HttpServer::Respond& respond);
  bool accept(const std::shared_ptr<net::ServerSocket>& socket);
  Json usual(const Call& call);

  std::mutex mutex_;
  std::map<std::string, std::deque<net::HttpResponse>> next_;  // guarded by mutex_
  std::map<std::string, Json> always_;                         // guarded by mutex_
  std::vector<std::shared_ptr<net::ServerSocket>> sockets_;    // guarded by mutex_
  std::atomic<bool> greeting_ = true;
  int posted_ = 0;  // of the server's thread
  Arrivals<Call> calls_;
  Arrivals<Frame> frames_;
  net::HttpServer server_;
  std::uint16_t port_ = 0;
};

class FakeInbox : public core::Inbox {
 public:
  void accept(std::vector<core::Incoming> deliveries, Done done) override;
  void hold() { holding_ = true; }
  void release();  // what was held

  std::atomic<int> refusals = 0;
  Arrivals<core::Incoming> arrived;

 private:
  std::atomic<bool> holding_ = false;
  std::mutex mutex_;
  std::vector<std::function<void()>> held_;  // guarded by mutex_
};

class FakeDesk : public core::ChatDesk {
 public:
  void act(core::Act act, std::function<void(core::ActAnswer)> answer) override;
  void connection_changed(const std::string&, bool up, const std::string& why) override {
    changes.add({up, why});
  }
  Result<std::string> position(const std::string&) override { return stored; }
  void heard_up_to(const std::string&, const std::string& position) override {
    positions.add(position);
  }
  std::vector<core::OpenQuestion> open_questions(const std::string&) override { return questions; }
  void answer_with(core::ActAnswer answer);

  std::string stored;
  std::vector<core::OpenQuestion> questions;
  Arrivals<core::Act> arrived;
  Arrivals<std::pair<bool, std::string>> changes;
  Arrivals<std::string> positions;

 private:
  std::mutex mutex_;
  core::ActAnswer answer_;  // guarded by mutex_
};

class FakeIds : public core::IdSource {
 public:
  core::CorrelationId correlation() override {
    return core::CorrelationId::parse(std::string(31, '0') + "1");
  }
  std::string uuid() override { return "uuid-" + std::to_string(++count_); }
  std::string token(int) override { return "token"; }
  double chance() override { return 0.0; }

 private:
  std::atomic<int> count_ = 0;
};

}  // namespace countersign::adapters::slack
