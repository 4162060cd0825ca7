// The way in from the network: the HTTP server, the door for webhooks behind it with what the door
// needs, and the count of whom it turned away.
#pragma once
#include <memory>
#include <vector>

#include "adapters/net/http_server.h"
#include "adapters/net/strikes.h"
#include "adapters/webhook/routes.h"
#include "bot/app/front.h"
#include "bot/engine/refusals.h"

namespace countersign::app {

class Entrance {
 public:
  // What it is given outlives it.
  Entrance(const engine::Deps& deps, core::Inbox& inbox, Front& front);
  ~Entrance();  // close()

  // The bound port.
  Result<std::uint16_t> open(net::Io& io, const config::Settings& settings);
  // Other sources, for deliveries that come from now on. Thread-safe.
  void replace(const std::vector<config::Source>& sources);
  // Records whom it turned away; true if there was anything to write.
  bool run_once() { return refusals_.run_once(); }
  void close();  // no request is taken any more; twice-safe

 private:
  void note(const adapters::webhook::Answered& answered);

  Front& front_;
  engine::Refusals refusals_;
  net::Strikes strikes_;
  std::unique_ptr<adapters::webhook::Fetched> fetched_;
  adapters::webhook::WebhookRoutes door_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace countersign::app
