// The HTTP way in for people's programs: reading what waits, voting, cancelling. Whoever calls
// shows a personal token in the Authorization header, nowhere else (T46); GET and HEAD change
// nothing (T47).
//
// Every answer is JSON and is not to be kept; one that refuses says {"error", "message"}:
//   400 wrong request   401 no valid token   403 this person may not   404 no such thing
//   405 other method   409 does not count   413 too large   415 not JSON
//   429 with Retry-After: too many wrong tokens of an address, or POSTs with one token
//   503 with Retry-After: too busy, or the database or a chat does not answer
// What blocks is done by one thread of its own, in order.
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "adapters/net/http_server.h"
#include "bot/app/api_call.h"
#include "bot/app/throttle.h"
#include "bot/engine/loop.h"

namespace countersign::app {

class Api {
 public:
  static constexpr std::size_t kWaiting = 100;     // more are told to come back
  static constexpr std::size_t kBody = 16 * 1024;  // bytes
  // In a minute: wrong tokens of one address, and POSTs with one token.
  static constexpr int kWrong = 20;
  static constexpr int kPosts = 60;
  static constexpr int kEvents = 1200;  // the same of routes that take events

  Api(const engine::Deps& deps, engine::Voting& voting, core::Inbox& inbox)
      : room_{deps, voting, inbox} {}
  ~Api() { stop(); }

  static bool serves(std::string_view path);
  // Never blocks; `respond` is called exactly once, from any thread. Before start() and after
  // stop() the answer is 503.
  void handle(net::HttpRequest request, net::HttpServer::Respond respond);
  // Answers one call. False: none waits.
  bool run_once(const std::stop_token& stop);
  void start();  // once the database can be used
  void stop();   // whoever waits is told that nothing was done; twice-safe

 private:
  struct Waiting {
    const ApiRoute* route;
    std::string id;
    std::string token_hash;
    net::HttpRequest request;
    net::HttpServer::Respond respond;
  };
  bool next(Waiting& out);
  ApiAnswer answer(const Waiting& call);
  ApiAnswer look(const Waiting& call);

  ApiRoom room_;
  Throttle wrong_{kWrong};    // by address: a wrong token costs a look-up
  Throttle posts_{kPosts};    // by token
  Throttle events_{kEvents};  // likewise
  engine::Signal arrived_;
  std::mutex mutex_;
  std::deque<Waiting> waiting_;  // guarded by mutex_
  bool open_ = false;            // guarded by mutex_
  std::unique_ptr<engine::Loop> loop_;
};

}  // namespace countersign::app
