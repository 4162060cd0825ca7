#include "bot/app/front.h"

#include "bot/core/json.h"
#include "bot/obs/metrics.h"

namespace countersign::app {
namespace {

constexpr char kPage[] =
    R"(<!doctype html><html lang="en"><meta charset="utf-8"><title>Countersign</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1d2733}code{background:#eef1f5;padding:.1em .3em;border-radius:3px}</style>
<h1>Countersign</h1><p>This is the bot's server. Alerts and webhooks go to <code>POST /hooks/{source}</code>; people talk to the bot in their chat.</p>
<ul><li><a href="/readyz">/readyz</a>: what works and what is missing</li><li><a href="/metrics">/metrics</a>: for Prometheus</li></ul></html>)";

}  // namespace

void Front::handle(net::HttpRequest request, net::HttpServer::Respond respond) const {
  if (adapters::webhook::WebhookRoutes::serves(request.path))
    return door_->handle(std::move(request), std::move(respond));
  if (api_ && Api::serves(request.path)) return api_->handle(std::move(request), std::move(respond));
  if (const auto found = exact_.find(request.path); found != exact_.end())
    return found->second(std::move(request), std::move(respond));
  respond(answer(request));
}

net::HttpResponse Front::answer(const net::HttpRequest& request) const {
  const bool known = request.path == "/healthz" || request.path == "/readyz" ||
                     request.path == "/metrics" || request.path == "/";
  if (!known) return {404, {}, R"({"error":"not found"})"};
  if (request.method != "GET" && request.method != "HEAD")
    return {405, {{"Allow", "GET"}}, R"({"error":"only GET here"})"};
  if (request.path == "/healthz") return {200, {}, R"({"status":"alive"})"};
  if (request.path == "/metrics")
    return {200, {{"Content-Type", "text/plain; version=0.0.4"}}, obs::metrics_text()};
  if (request.path == "/") return {200, {{"Content-Type", "text/html; charset=utf-8"}}, kPage};
  const auto missing = missing_();
  Json body{{"status", missing.empty() ? "ready" : "not ready"}};
  if (!missing.empty()) body["missing"] = missing;
  return {missing.empty() ? 200 : 503, {}, body.dump()};
}

}  // namespace countersign::app
