#include "adapters/webhook/routes.h"

#include <algorithm>
#include <utility>

#include "adapters/webhook/signature.h"
#include "adapters/webhook/wire.h"

namespace countersign::adapters::webhook {
namespace {

constexpr std::string_view kPrefix = "/hooks/";

net::HttpResponse failure(int status, const std::string& reason) {
  net::HttpResponse response{status, {}, Json{{"error", reason}}.dump()};
  if (status == 405) response.headers.emplace_back("Allow", "POST");
  if (status == 503) response.headers.emplace_back("Retry-After", "5");
  return response;
}

Json entry_of(const core::Accepted& accepted) {
  Json entry{{"event", accepted.event.value},
             {"correlation_id", accepted.correlation.text()},
             {"duplicate", accepted.verdict != core::Acceptance::fresh}};
  if (accepted.verdict == core::Acceptance::conflict)
    entry["error"] = "known delivery id with another body";
  return entry;
}

// Stored anything: 202. Otherwise a conflict must not look like success.
int status_of(const std::vector<core::Accepted>& all) {
  const auto any = [&](core::Acceptance verdict) {
    return std::ranges::find(all, verdict, &core::Accepted::verdict) != all.end();
  };
  if (any(core::Acceptance::fresh) || any(core::Acceptance::replay)) return 202;
  return any(core::Acceptance::conflict) ? 409 : 200;
}

net::HttpResponse answer(const Result<std::vector<core::Accepted>>& result) {
  if (!result) return failure(503, "nothing was stored; send it again later");
  if (result->empty()) return failure(503, "nothing was stored");
  const int status = status_of(*result);
  if (status == 409 && result->size() == 1)
    return failure(409, "known delivery id with another body");
  Json body = entry_of(result->front());
  if (result->size() > 1) {
    body["events"] = Json::array();
    for (const core::Accepted& accepted : *result) body["events"].push_back(entry_of(accepted));
  }
  return {status, {}, body.dump()};
}

bool compressed(const net::Headers& headers) {
  const auto encodings = net::all_values(headers, "content-encoding");
  return std::ranges::any_of(
      encodings, [](const auto& value) { return !value.empty() && value != "identity"; });
}

// Somebody who asks for an unknown source gets the work of a real one (T8).
const Credentials& decoy() {
  static const Credentials kDecoy{
      {},
      {},
      config::HmacAuth{
          {config::Secret("decoy")}, "X-Hub-Signature-256", "sha256", "hex", "sha256="}};
  return kDecoy;
}

}  // namespace

struct WebhookRoutes::Door {
  config::Source source;
  Credentials credentials;
};

WebhookRoutes::WebhookRoutes(core::Inbox& inbox, core::IdSource& ids,
                             std::vector<config::Source> sources, Observer observer)
    : inbox_(inbox), ids_(ids), observer_(std::move(observer)) {
  replace(std::move(sources));
}

bool WebhookRoutes::serves(std::string_view path) { return path.starts_with(kPrefix); }

void WebhookRoutes::replace(std::vector<config::Source> sources) {
  auto fresh = std::make_shared<Doors>();
  for (config::Source& source : sources) {
    Credentials credentials = credentials_of(source);
    const std::string name = source.name;
    fresh->insert_or_assign(name, Door{std::move(source), std::move(credentials)});
  }
  const std::lock_guard lock(mutex_);
  doors_ = std::move(fresh);
}

std::shared_ptr<const WebhookRoutes::Doors> WebhookRoutes::doors() const {
  const std::lock_guard lock(mutex_);
  return doors_;
}

void WebhookRoutes::handle(net::HttpRequest request, net::HttpServer::Respond respond) {
  const auto doors = this->doors();
  const std::string_view path = request.path;
  // Names are compared as sent: no decoding, no normalising, so no path leads anywhere else.
  const auto found = serves(path) ? doors->find(path.substr(kPrefix.size())) : doors->end();
  const Door* door = found == doors->end() ? nullptr : &found->second;
  const std::string name = door == nullptr ? "" : door->source.name;
  const auto say = [respond = std::move(respond), observer = observer_,
                    name](net::HttpResponse response) {
    if (observer) observer(name, response.status);
    respond(std::move(response));
  };

  if (request.method != "POST") return say(failure(405, "only POST"));
  const Credentials& credentials = door == nullptr ? decoy() : door->credentials;
  const bool verified = authentic(credentials, request.headers, request.body);
  if (door == nullptr) return say(failure(404, "no such source"));
  if (!verified) return say(failure(401, "not authenticated"));
  if (compressed(request.headers)) return say(failure(415, "compressed bodies are not accepted"));

  auto events = read_delivery(door->source, request.headers, request.body, ids_);
  if (!events)
    return say(
        failure(events.error().kind == ErrorKind::refused ? 413 : 400, events.error().message));
  inbox_.accept(std::move(*events),
                [say](Result<std::vector<core::Accepted>> result) { say(answer(result)); });
}

}  // namespace countersign::adapters::webhook
