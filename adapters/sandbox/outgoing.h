// Calls to integrations, each on a thread of its own: an integration may take half a minute.
#pragma once
#include <functional>
#include <map>
#include <thread>

#include "adapters/net/http_client.h"
#include "adapters/net/io.h"

namespace countersign::adapters::sandbox {

class Outgoing {
 public:
  static constexpr std::size_t kAtOnce = 64;
  using Done = std::function<void(net::HttpResult)>;

  explicit Outgoing(net::Io& io) : io_(io) {}
  // On the io thread, and `done` comes there as well. Redirects are followed as Mattermost does.
  // False, and no `done`: too many calls are under way.
  bool call(net::HttpCall call, Done done);
  // From another thread: ends what is under way and waits for it. Nothing is started afterwards.
  void stop();

 private:
  void finished(int number, const net::HttpResult& result, const Done& done);

  net::Io& io_;
  std::map<int, std::jthread> threads_;
  int next_ = 0;
  bool stopped_ = false;
};

// Runs `work` on the io thread and waits for it.
void run_on(net::Io& io, const std::function<void()>& work);

}  // namespace countersign::adapters::sandbox
