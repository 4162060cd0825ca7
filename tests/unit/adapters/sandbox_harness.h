// A running sandbox for tests, with what a client needs to talk to it: REST calls, a socket that
// remembers what it heard, an integration that answers clicks, and the recorded exchanges to
// compare with.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/net/http_client.h"
#include "adapters/net/http_server.h"
#include "adapters/net/websocket.h"
#include "adapters/sandbox/sandbox.h"

namespace countersign::adapters::sandbox {

struct Reply {
  int status = 0;
  Json body;
  net::Headers headers;
  std::string text;
};

// One WebSocket and everything it heard. Waits with a deadline, never for a time.
class Listener {
 public:
  Listener(net::Io& io, const std::string& url, const std::string& token,
           const net::Headers& more = {});
  ~Listener();
  void send(const Json& frame) { socket_->send(frame.dump()); }
  void send_text(const std::string& text) { socket_->send(text); }
  void close() { socket_->close(); }
  // The frames heard so far, once `enough` of them says so; the test fails at the deadline.
  std::vector<Json> wait(const std::function<bool(const std::vector<Json>&)>& enough);
  std::vector<Json> wait_count(std::size_t count);
  Json wait_event(const std::string& name);  // the first such event
  Json reply_to(const Json& action);         // sends it and waits for its reply
  std::vector<Json> until_now();  // what was heard before a ping was answered, without its reply
  std::string wait_closed();      // why
  void forget();                  // starts to listen anew

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Json> frames;
    bool open = false, closed = false;
    std::string why;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::shared_ptr<net::WebSocket> socket_;
  int next_seq_ = 1000;
};

// An HTTP server on a free port that answers POSTs as told and keeps what it got.
class Integration {
 public:
  explicit Integration(net::Io& io);
  ~Integration() { server_.stop(); }
  std::string url(const std::string& path) const;
  void answer_with(net::HttpResponse response);  // to every request from now on
  void hold();                                   // answers nothing any more
  net::HttpRequest request(std::size_t number);  // waits for it, counting from 0
  std::size_t count();

 private:
  void handle(const net::HttpRequest& request, const net::HttpServer::Respond& respond);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<net::HttpRequest> requests_;
  std::vector<net::HttpServer::Respond> held_;
  net::HttpResponse response_{200, {}, "{}"};
  bool holding_ = false;
  net::HttpServer server_;
  std::uint16_t port_ = 0;
};

class Harness {
 public:
  explicit Harness(SandboxOptions options = {});
  ~Harness() { sandbox.stop(); }

  const SandboxUser& user(const std::string& name) const;
  Reply rest(const std::string& who, const std::string& method, const std::string& path,
             const Json& body = nullptr, const net::Headers& more = {});
  // As above, and the test fails unless it went well.
  Json ok(const std::string& who, const std::string& method, const std::string& path,
          const Json& body = nullptr);
  std::string post(const std::string& who, const std::string& message,
                   const std::string& root_id = "", const Json& props = nullptr,
                   const std::string& channel = "ops");
  std::string id(const std::string& name) const { return user(name).id; }
  std::string channel(const std::string& name) const { return info.channels.at(name); }
  std::unique_ptr<Listener> listen(const std::string& who, const std::string& query = "");

  net::Io io;
  Sandbox sandbox;
  SandboxInfo info;
};

// The recorded exchanges.
Json sample(const std::string& name);  // "rest-post"; fails the test if there is none
std::vector<std::string> sample_names();

// Recorded ids and the sandbox's ids of the same things.
class Names {
 public:
  explicit Names(const Harness& harness);
  void same(const std::string& recorded, const std::string& actual) { ids_[recorded] = actual; }
  std::string here(std::string recorded_text) const;
  Json here(const Json& recorded) const { return Json::parse(here(recorded.dump())); }

 private:
  std::map<std::string, std::string> ids_;
};

// In words, where `actual` has other fields, types or constant values than `recorded`. Ids, times,
// counters and the wording of errors may differ.
std::vector<std::string> differences(const Json& recorded, const Json& actual,
                                     const std::string& path = "");
std::string joined(const std::vector<std::string>& lines);

}  // namespace countersign::adapters::sandbox
