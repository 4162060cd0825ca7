#include "adapters/webhook/routes.h"

#include <algorithm>
#include <utility>

#include "adapters/webhook/answers.h"
#include "adapters/webhook/lock.h"
#include "adapters/webhook/wire.h"

namespace countersign::adapters::webhook {
namespace {

constexpr std::string_view kPrefix = "/hooks/";

bool compressed(const net::Headers& headers) {
  const auto encodings = net::all_values(headers, "content-encoding");
  return std::ranges::any_of(
      encodings, [](const auto& value) { return !value.empty() && value != "identity"; });
}

// Somebody who asks for an unknown source gets the work of a real one (T8).
const config::Source& decoy() {
  static const config::Source kDecoy = [] {
    config::Source source;
    source.kind = "github";
    source.signing = config::sender_of("github").signing;
    source.secrets = {{config::Secret("decoy"), "decoy", {}}};
    return source;
  }();
  return kDecoy;
}

// The deliveries of one source, counted as strikes of one who may have so many.
std::unique_ptr<net::Strikes> limit_of(const config::Source& source) {
  if (!source.rate_limit) return nullptr;
  const auto each = std::chrono::duration_cast<std::chrono::milliseconds>(source.rate_limit->per) /
                    source.rate_limit->limit;
  return std::make_unique<net::Strikes>(
      net::Strikes::Options{source.rate_limit->limit, std::max(each, {}), 1});
}

net::HttpResponse busy(int status, std::chrono::seconds pause, const std::string& why) {
  auto response = failure(status, why);
  response.headers.back().second = std::to_string(pause.count());
  return response;
}

// What comes from this machine comes from a proxy, or from somebody who needs no door: refusing all
// of its senders for one of them would be the attack (trusted_proxies says who they are).
bool is_local(const std::string& peer) {
  static const std::vector<core::Cidr> kLocal = core::loopback_blocks();
  return core::any_contains(kLocal, peer);
}

}  // namespace

struct WebhookRoutes::Door {
  explicit Door(config::Source given)
      : source(std::move(given)), lock(source), wire(source), limit(limit_of(source)) {}
  const config::Source source;
  const Lock lock;
  const Wire wire;
  const std::unique_ptr<net::Strikes> limit;
};

// One request on its way through.
struct WebhookRoutes::Visit {
  std::shared_ptr<Door> door;  // none: there is no such source
  net::HttpRequest request;
  net::HttpServer::Respond respond;
  bool fetched = false;  // a document was fetched for it: that is done once
};

WebhookRoutes::WebhookRoutes(Deps deps, std::vector<config::Source> sources)
    : deps_(std::move(deps)) {
  replace(std::move(sources));
}

bool WebhookRoutes::serves(std::string_view path) { return path.starts_with(kPrefix); }

void WebhookRoutes::replace(std::vector<config::Source> sources) {
  auto fresh = std::make_shared<Doors>();
  for (config::Source& source : sources) {
    const std::string name = source.name;
    fresh->insert_or_assign(name, std::make_shared<Door>(std::move(source)));
  }
  const std::lock_guard lock(mutex_);
  doors_ = std::move(fresh);
}

// Names are compared as sent: no decoding, no normalising, so no path leads anywhere else.
std::shared_ptr<WebhookRoutes::Door> WebhookRoutes::door_to(std::string_view path) const {
  std::shared_ptr<const Doors> doors;
  {
    const std::lock_guard lock(mutex_);
    doors = doors_;
  }
  const auto found = serves(path) ? doors->find(path.substr(kPrefix.size())) : doors->end();
  return found == doors->end() ? nullptr : found->second;
}

void WebhookRoutes::say(const Visit& visit, net::HttpResponse response,
                        const std::string& reason) const {
  if (deps_.observer)
    deps_.observer(
        {visit.door ? visit.door->source.name : "", response.status, reason, visit.request.peer});
  visit.respond(std::move(response));
}

std::optional<net::HttpResponse> WebhookRoutes::admit(const net::HttpRequest& head) {
  const auto door = door_to(head.path);
  const auto turn_away = [&](net::HttpResponse response, const std::string& reason) {
    if (deps_.observer)
      deps_.observer({door ? door->source.name : "", response.status, reason, head.peer});
    return response;
  };
  if (const auto pause = deps_.strikes.struck(head.peer))
    return turn_away(busy(429, *pause, "too many refused requests from this address"),
                     "too many refused requests from this address");
  if (!door) return std::nullopt;
  const int status = config::sender_of(door->source.kind).busy;
  if (door->limit) {
    if (const auto pause = door->limit->struck(""))
      return turn_away(busy(status, *pause, "too many deliveries for this source"),
                       "over the rate of the source");
    door->limit->add("");
  }
  if (deps_.inbox.crowded())
    return turn_away(failure(status, "too much waits to be decided; send it again later"),
                     "too many events wait");
  return std::nullopt;
}

void WebhookRoutes::handle(net::HttpRequest request, net::HttpServer::Respond respond) {
  auto door = door_to(request.path);
  auto visit =
      std::make_shared<Visit>(Visit{std::move(door), std::move(request), std::move(respond)});
  const std::string& method = visit->request.method;
  if (method == "OPTIONS") {
    static const config::Source kNobody;
    auto answer = consent(visit->door ? visit->door->source : kNobody, visit->request.headers);
    const std::string reason = answer.status == 200 ? "" : "no such origin";
    return say(*visit, std::move(answer), reason);
  }
  const bool put = visit->door && config::sender_of(visit->door->source.kind).put;
  if (method != "POST" && !(put && method == "PUT"))
    return say(*visit, failure(405, "only POST"), "another method");
  verify(std::move(visit));
}

void WebhookRoutes::strike(const std::string& peer) {
  if (!is_local(peer)) deps_.strikes.add(peer);
}

void WebhookRoutes::verify(std::shared_ptr<Visit> visit) {
  const net::HttpRequest& request = visit->request;
  if (!visit->door) {
    static const Lock kLock(decoy());
    static_cast<void>(kLock.check(decoy(), request, deps_.now(), deps_.fetched));
    strike(request.peer);
    return say(*visit, failure(404, "no such source"), "no such source");
  }
  const Proof proof =
      visit->door->lock.check(visit->door->source, request, deps_.now(), deps_.fetched);
  if (proof.kind == Proof::Kind::good) return take_in(visit, proof.key_id);
  if (proof.kind == Proof::Kind::refused) {
    strike(request.peer);
    return say(*visit, failure(401, "not authenticated"), proof.why);
  }
  const auto later = [this, visit](bool there) {
    if (there) return verify(visit);
    say(*visit, failure(503, "it cannot be verified now; send it again later"),
        "what verifies it cannot be fetched");
  };
  if (visit->fetched) return later(false);
  visit->fetched = true;
  deps_.fetched.fetch(proof.url, later);
}

void WebhookRoutes::take_in(const std::shared_ptr<Visit>& visit, const std::string& key_id) {
  const net::HttpRequest& request = visit->request;
  if (compressed(request.headers))
    return say(*visit, failure(415, "compressed bodies are not accepted"), "a compressed body");
  auto reading =
      visit->door->wire.read(visit->door->source, request.headers, request.body, deps_.ids);
  if (!reading) {
    const int status = reading.error().kind == ErrorKind::refused ? 413 : 400;
    return say(*visit, failure(status, reading.error().message), reading.error().message);
  }
  if (!reading->visit.empty()) deps_.fetched.visit(reading->visit);
  if (reading->answer) {
    const std::string reason =
        reading->answer->status < 300 ? "" : "a handshake that is not wanted";
    return say(*visit, std::move(*reading->answer), reason);
  }
  for (core::Incoming& event : reading->events) event.key_id = key_id;
  deps_.inbox.accept(
      std::move(reading->events), [this, visit](Result<std::vector<core::Accepted>> result) {
        auto response = outcome(result);
        const std::string reason = response.status == 409   ? "another body under a known id"
                                   : response.status >= 500 ? "the database is away"
                                                            : "";
        say(*visit, std::move(response), reason);
      });
}

}  // namespace countersign::adapters::webhook
