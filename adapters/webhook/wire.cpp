#include "adapters/webhook/wire.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/webhook/alerts.h"
#include "adapters/webhook/json_guard.h"
#include "bot/core/digest.h"
#include "bot/core/message.h"
#include "bot/core/text_template.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::webhook {
namespace {

using Events = Result<std::vector<core::Incoming>>;

constexpr std::size_t kIdLength = 200;       // characters of a delivery id that people see
constexpr std::size_t kHeaderLength = 1000;  // characters of a header value that templates see

struct Request {
  const config::Source& source;
  const net::Headers& headers;
  const std::string& body;
};

// One event with everything but its identity.
core::Incoming event_of(const Request& request, std::string trigger, JsonReading reading) {
  core::Incoming event;
  event.source = request.source.name;
  event.trigger = std::move(trigger);
  event.raw = request.body;
  event.body = std::move(reading.value);
  event.body_note = std::move(reading.note);
  return event;
}

void identify(core::Incoming& event, std::string_view delivery_id) {
  event.delivery_id = core::make_visible(delivery_id, kIdLength);
  event.dedup_key = core::sha256_of_parts(event.source, delivery_id);
  event.body_hash = core::sha256_hex(event.raw);
}

// The bytes are the identity: all that is left when nothing in them can be read.
void identify_by_bytes(core::Incoming& event) { identify(event, core::sha256_hex(event.raw)); }

std::string replay_key(const Request& request) {
  return core::sha256_of_parts(request.source.name, "body", request.body);
}

std::string own_trigger(const config::Source& source, const char* fallback) {
  return source.trigger.empty() ? fallback : source.trigger;
}

Json safe_headers(const Request& request) {
  Json safe = Json::object();
  const std::string signature =
      request.source.hmac ? core::to_lower(request.source.hmac->header) : "";
  for (const auto& [name, value] : request.headers) {
    const std::string key = core::make_visible(core::to_lower(name), kHeaderLength);
    if (key == "authorization" || key == "proxy-authorization" || key == "cookie" ||
        key == signature)
      continue;
    if (!safe.contains(key)) safe[key] = core::make_visible(value, kHeaderLength);
  }
  return safe;
}

std::optional<std::string> dedup_id(const Request& request, const Json& body) {
  if (!request.source.dedup) return std::nullopt;
  const auto parsed = core::TextTemplate::parse(request.source.dedup->key);
  if (!parsed) return std::nullopt;
  const auto id = parsed->render(Json{{"body", body}, {"headers", safe_headers(request)}});
  return id && !id->empty() ? std::optional(*id) : std::nullopt;
}

// A signature covers the body; an id from a header can be changed by whoever has recorded one
// delivery (T3).
bool id_is_unsigned(const config::Source& source) {
  return source.hmac && source.dedup && source.dedup->key.find("headers") != std::string::npos;
}

Events read_generic(const Request& request) {
  JsonReading reading = read_json(request.body);
  if (reading.kind == JsonReading::Kind::malformed) return invalid(reading.note);
  const bool readable = reading.kind == JsonReading::Kind::value;
  const auto id = readable ? dedup_id(request, reading.value) : std::nullopt;
  if (readable && !reading.value.is_object())
    reading.value = Json{{"body", std::move(reading.value)}};
  core::Incoming event =
      event_of(request, own_trigger(request.source, "webhook"), std::move(reading));
  id ? identify(event, *id) : identify_by_bytes(event);
  if (request.source.dedup) event.remember = request.source.dedup->window;
  if (id && id_is_unsigned(request.source)) event.replay_key = replay_key(request);
  return std::vector{std::move(event)};
}

// GitHub can send the same payload as a form with one field; the signature is over the form.
std::optional<std::string> github_payload(const Request& request) {
  const std::string* type = net::find_header(request.headers, "content-type");
  if (type == nullptr || !core::to_lower(*type).starts_with("application/x-www-form-urlencoded"))
    return request.body;
  const net::Headers form = net::parse_query(request.body);
  const std::string* payload = net::find_header(form, "payload");
  return payload == nullptr ? std::nullopt : std::optional(*payload);
}

Events read_github(const Request& request) {
  const auto ids = net::all_values(request.headers, "x-github-delivery");
  if (ids.size() != 1 || ids.front().empty()) return invalid("X-GitHub-Delivery is missing");
  const auto payload = github_payload(request);
  if (!payload) return invalid("the form has no payload");
  JsonReading reading = read_json(*payload);
  if (reading.kind == JsonReading::Kind::malformed) return invalid(reading.note);

  const std::string* name = net::find_header(request.headers, "x-github-event");
  const std::string what = name == nullptr ? "" : core::make_visible(*name, kIdLength);
  if (reading.kind == JsonReading::Kind::value) {
    if (!reading.value.is_object()) return invalid("the payload is not an object");
    reading.value = Json{{"event", what},
                         {"delivery", core::make_visible(ids.front(), kIdLength)},
                         {"body", std::move(reading.value)}};
  }
  std::string trigger =
      what == "ping" ? "github.ping" : own_trigger(request.source, "github.event");
  core::Incoming event = event_of(request, std::move(trigger), std::move(reading));
  identify(event, ids.front());
  event.replay_key = replay_key(request);
  return std::vector{std::move(event)};
}

Events read_alertmanager(const Request& request) {
  JsonReading reading = read_json(request.body);
  if (reading.kind == JsonReading::Kind::malformed) return invalid(reading.note);
  const std::string trigger = own_trigger(request.source, "prometheus.alert");
  if (reading.kind == JsonReading::Kind::unparsable) {
    core::Incoming event = event_of(request, trigger, std::move(reading));
    identify_by_bytes(event);
    return std::vector{std::move(event)};
  }
  auto alerts = split_alerts(reading.value, request.body);
  if (!alerts) return alerts.error();
  std::vector<core::Incoming> events;
  for (Alert& alert : *alerts) {
    core::Incoming event =
        event_of(request, trigger, {JsonReading::Kind::value, std::move(alert.body), {}});
    event.raw = std::move(alert.raw);
    event.delivery_id = core::make_visible(
        alert.fingerprint + '|' + alert.starts_at + '|' + alert.status, kIdLength);
    event.dedup_key =
        core::sha256_of_parts(event.source, alert.fingerprint, alert.starts_at, alert.status);
    event.body_hash = std::move(alert.identity_hash);
    event.series = std::move(alert.fingerprint);
    event.status = std::move(alert.status);
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

Result<std::vector<core::Incoming>> read_delivery(const config::Source& source,
                                                  const net::Headers& headers,
                                                  const std::string& body, core::IdSource& ids) {
  static const std::map<std::string, Events (*)(const Request&), std::less<>> kKinds{
      {"generic", read_generic}, {"github", read_github}, {"alertmanager", read_alertmanager}};
  const auto kind = kKinds.find(source.kind);
  if (kind == kKinds.end()) return invalid("unknown kind of source");
  Events events = kind->second({source, headers, body});
  if (!events) return events;
  // Alerts that happen to travel together are stories of their own; a lone event continues its
  // sender's.
  if (events->size() == 1) events->front().correlation = sender_trace(headers);
  for (core::Incoming& event : *events) {
    if (event.correlation.empty()) event.correlation = ids.correlation();
  }
  return events;
}

core::CorrelationId sender_trace(const net::Headers& headers) {
  const auto values = net::all_values(headers, "traceparent");
  if (values.size() != 1) return {};
  // version "-" trace id "-" parent id "-" flags; later versions may append fields.
  const std::string_view text = values.front();
  constexpr std::string_view kShape = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
  if (text.size() < kShape.size()) return {};
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (kShape[i] == 'x' ? !hex : text[i] != '-') return {};
  }
  const std::string_view version = text.substr(0, 2);
  const bool longer = text.size() > kShape.size();
  if (version == "ff" || (longer && (version == "00" || text[kShape.size()] != '-'))) return {};
  if (text.substr(36, 16).find_first_not_of('0') == std::string_view::npos) return {};
  return core::CorrelationId::parse(std::string(text.substr(3, 32)));
}

}  // namespace countersign::adapters::webhook
