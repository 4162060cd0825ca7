// One chat server: its world with the people's REST, WebSocket and page, its port, its snapshot.
// The sandbox is two of them; what makes the second a Slack stands in front of it.
#pragma once
#include <functional>
#include <string>
#include <thread>

#include "adapters/net/http_server.h"
#include "adapters/sandbox/chat.h"

namespace countersign::adapters::sandbox {

class Half {
 public:
  // `io` must outlive it.
  Half(net::Io& io, const SandboxOptions& options, Customs customs, net::HttpServerOptions server);

  // Asked before the chat itself; false: not theirs. To be set before start().
  std::function<bool(const net::HttpRequest&, const net::HttpServer::Respond&)> serve_first;
  std::function<bool(const net::HttpRequest&)> upgrades_first;
  net::HttpServer::Upgrade upgrade_first;

  // Reads the snapshot, seeds, listens.
  Result<std::uint16_t> start();
  // Ends what is under way; nothing happens in the world afterwards.
  void stop();
  // Once the loop has ended as well.
  void keep_for_good();

  Chat chat;

 private:
  void serve(const net::HttpRequest& request, const net::HttpServer::Respond& respond);
  Result<void> load();
  void save_soon();
  void save();

  bool saving_ = false;  // on the io thread, as `stopped_`
  bool stopped_ = false;
  std::jthread writer_;
  net::HttpServer server_;
};

}  // namespace countersign::adapters::sandbox
