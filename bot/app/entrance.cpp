#include "bot/app/entrance.h"

#include "bot/obs/metrics.h"

namespace countersign::app {
namespace {

// This machine's clock. Only what others have signed is compared with it; what the bot decides goes
// by the database's.
core::Instant this_clock() {
  return std::chrono::floor<core::Duration>(std::chrono::system_clock::now());
}

net::HttpServerOptions options_of(const config::Server& server) {
  net::HttpServerOptions options{.address = server.address, .port = server.port};
  for (const std::string& text : server.trusted_proxies) {
    if (auto block = core::Cidr::parse(text)) options.trusted_proxies.push_back(*block);
  }
  return options;
}

}  // namespace

Entrance::Entrance(const engine::Deps& deps, core::Inbox& inbox, Front& front)
    : front_(front),
      refusals_(deps),
      fetched_(
          std::make_unique<adapters::webhook::Fetched>(adapters::webhook::over_http(), this_clock)),
      door_({inbox, deps.ids, *fetched_, strikes_, this_clock,
             [this](const adapters::webhook::Answered& answered) { note(answered); }},
            {}) {
  front_.set_door(&door_);
}

Entrance::~Entrance() { close(); }

Result<std::uint16_t> Entrance::open(net::Io& io, const config::Settings& settings) {
  replace(settings.sources);
  auto options = options_of(settings.server);
  options.on_refused = [this](int status, const std::string& why, const std::string& peer) {
    refusals_.note("", status, why, peer);
  };
  server_ = std::make_unique<net::HttpServer>(
      io, std::move(options),
      [this](net::HttpRequest request, net::HttpServer::Respond respond) {
        front_.handle(std::move(request), std::move(respond));
      },
      net::HttpServer::Upgrade{},
      [this](const net::HttpRequest& head) {
        return adapters::webhook::WebhookRoutes::serves(head.path) ? door_.admit(head)
                                                                   : std::nullopt;
      });
  return server_->start();
}

void Entrance::replace(const std::vector<config::Source>& sources) { door_.replace(sources); }

void Entrance::note(const adapters::webhook::Answered& answered) {
  obs::count("countersign_deliveries_total", "Webhook deliveries by source and answer",
             {{"source", answered.source}, {"status", std::to_string(answered.status)}});
  if (!answered.reason.empty())
    refusals_.note(answered.source, answered.status, answered.reason, answered.peer);
}

// The server first: whoever still waits for a document has nobody left to hear the answer.
void Entrance::close() {
  if (server_) server_->stop();
  fetched_.reset();
}

}  // namespace countersign::app
