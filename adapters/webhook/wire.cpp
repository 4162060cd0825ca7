#include "adapters/webhook/wire.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "adapters/webhook/alerts.h"
#include "adapters/webhook/cloudevents.h"
#include "adapters/webhook/fields.h"
#include "adapters/webhook/sns.h"
#include "bot/core/digest.h"
#include "bot/core/message.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::webhook {
namespace {

using core::JsonReading;
using core::read_json;

constexpr std::size_t kIdLength = 200;         // characters of a delivery id that people see
constexpr std::size_t kHeaderLength = 1000;    // characters of a header value that templates see
constexpr std::size_t kChallengeLength = 200;  // of what is echoed to a sender
constexpr std::size_t kSeriesLength = 200;

// Echoed to a sender that has proven itself, and still nothing but plain visible text (T9).
std::optional<std::string> echo(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  const auto& text = found->get_ref<const std::string&>();
  const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '<' && c != '>'; };
  if (text.empty() || text.size() > kChallengeLength || !std::ranges::all_of(text, plain))
    return std::nullopt;
  return text;
}

Json value_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? Json() : *found;
}

std::string media_of(const net::Headers& headers) {
  const std::string* type = net::find_header(headers, "content-type");
  return type == nullptr ? std::string() : core::to_lower(*type);
}

bool is_form(const net::Headers& headers) {
  return media_of(headers).starts_with("application/x-www-form-urlencoded");
}

Json safe_headers(const config::Source& source, const net::Headers& headers) {
  std::vector<std::string> secret = {"authorization", "proxy-authorization", "cookie",
                                     core::to_lower(source.signing.header)};
  if (source.header) secret.push_back(core::to_lower(source.header->name));
  Json safe = Json::object();
  for (const auto& [name, value] : headers) {
    const std::string key = core::make_visible(core::to_lower(name), kHeaderLength);
    if (std::ranges::find(secret, key) == secret.end() && !safe.contains(key))
      safe[key] = core::make_visible(value, kHeaderLength);
  }
  return safe;
}

// Text that is JSON is as good as JSON: envelopes carry it as text.
Json parsed(std::string text) {
  auto reading = read_json(text);
  const bool structured = reading.value.is_object() || reading.value.is_array();
  return structured ? std::move(reading.value) : Json(std::move(text));
}

Reading one(core::Incoming event) {
  Reading reading;
  reading.events.push_back(std::move(event));
  return reading;
}

Reading answered(net::HttpResponse response) { return {{}, std::move(response), {}}; }

}  // namespace

struct Wire::Delivery {
  const config::Source& source;
  const net::Headers& headers;
  const std::string& body;
};

Wire::Wire(const config::Source& source)
    : sender_(config::sender_of(source.kind)),
      ids_(recipes_of(sender_.ids)),
      content_(sender_.content),
      events_(recipes_of(sender_.events)),
      series_(sender_.series),
      status_(sender_.status) {
  const config::Signing& signing = source.signing;
  body_signed_ = (!source.secrets.empty() || !source.public_keys.empty()) &&
                 signing.text.find("{id}") == std::string::npos;
  if (!source.dedup) return;
  if (auto own = core::TextTemplate::parse(source.dedup->key)) own_id_ = std::move(*own);
}

core::Incoming Wire::blank(const Delivery& delivery) const {
  core::Incoming event;
  event.source = delivery.source.name;
  event.trigger = delivery.source.trigger.empty() ? sender_.trigger : delivery.source.trigger;
  event.raw = delivery.body;
  event.remember = delivery.source.dedup ? delivery.source.dedup->window
                                         : core::Duration(std::chrono::hours(24 * sender_.days));
  return event;
}

// The bytes are the identity: all that is left when nothing in them can be read.
core::Incoming Wire::unreadable(const Delivery& delivery, std::string note) const {
  core::Incoming event = blank(delivery);
  event.body_note = std::move(note);
  event.body_hash = core::sha256_hex(event.raw);
  event.delivery_id = event.body_hash;
  event.dedup_key = core::sha256_of_parts(event.source, event.body_hash);
  return event;
}

// Which delivery this is. `body` is what recipes and templates look into.
void Wire::identify(core::Incoming& event, const Delivery& delivery, const Json& body) const {
  bool in_headers = !ids_.empty() && ids_.front().in_headers();
  std::string id;
  if (own_id_) {
    const auto own = own_id_->render(
        {{"body", body}, {"headers", safe_headers(delivery.source, delivery.headers)}});
    if (own) id = *own;
    in_headers = own_id_->source().find("headers") != std::string::npos;
  } else {
    id = first_of(ids_, delivery.headers, body);
  }
  const std::string content = own_id_ ? "" : content_.of(delivery.headers, body);
  event.body_hash = core::sha256_hex(content.empty() ? event.raw : content);
  if (id.empty()) id = core::sha256_hex(event.raw);
  event.delivery_id = core::make_visible(id, kIdLength);
  event.dedup_key = core::sha256_of_parts(event.source, id);
  // Whoever has recorded a delivery can change an id that no signature covers (T3).
  if (body_signed_ && in_headers)
    event.replay_key = core::sha256_of_parts(event.source, "body", delivery.body);
}

void Wire::observe(core::Incoming& event, const net::Headers& headers, const Json& body) const {
  const std::string series = series_.of(headers, body);
  if (series.empty()) return;
  const std::string status = core::to_lower(status_.of(headers, body));
  const auto among = [&](const std::vector<std::string>& words) {
    return std::ranges::find(words, status) != words.end();
  };
  event.status = among(sender_.firing) ? "firing" : among(sender_.resolved) ? "resolved" : "";
  if (event.status.empty()) return;
  event.series = series.size() > kSeriesLength ? core::sha256_hex(series) : series;
}

Wire::Shaped Wire::from_payload(const Delivery& delivery, const std::string& payload) const {
  JsonReading reading = read_json(payload);
  if (reading.kind == JsonReading::Kind::malformed) return invalid(reading.note);
  if (reading.kind == JsonReading::Kind::unparsable) {
    core::Incoming event = unreadable(delivery, std::move(reading.note));
    const std::string id = first_of(ids_, delivery.headers, Json());
    if (!id.empty()) identify(event, delivery, Json());
    return one(std::move(event));
  }
  if (!reading.value.is_object()) return invalid("the payload is not an object");
  const std::string what = first_of(events_, delivery.headers, reading.value, '.');
  if (!sender_.ping.empty() && what == sender_.ping)
    return answered({200, {}, Json{{"pong", true}}.dump()});
  core::Incoming event = blank(delivery);
  identify(event, delivery, reading.value);
  observe(event, delivery.headers, reading.value);
  event.body = {{"event", core::make_visible(what, kIdLength)},
                {"delivery", event.delivery_id},
                {"body", std::move(reading.value)}};
  if (&payload == &delivery.body) event.raw_is = core::Incoming::RawIs::body_at_body;
  if (!event.series.empty()) {
    event.body["series"] = event.series;
    event.body["status"] = event.status;
  }
  return one(std::move(event));
}

Wire::Shaped Wire::event(const Delivery& delivery) const {
  return from_payload(delivery, delivery.body);
}

// The same payload as a form with one field; the signature is over the form.
Wire::Shaped Wire::form(const Delivery& delivery) const {
  if (!is_form(delivery.headers)) return event(delivery);
  const net::Headers fields = net::parse_query(delivery.body);
  const std::string* payload = net::find_header(fields, "payload");
  if (payload == nullptr) return invalid("the form has no payload");
  return from_payload(delivery, *payload);
}

Wire::Shaped Wire::slack(const Delivery& delivery) const {
  if (!is_form(delivery.headers)) {
    const JsonReading reading = read_json(delivery.body);
    if (reading.value.is_object() && text_at(reading.value, "type") == "url_verification") {
      const auto challenge = echo(reading.value, "challenge");
      if (!challenge) return invalid("no challenge that could be echoed");
      return answered({200, {{"Content-Type", "text/plain"}}, *challenge});
    }
    return event(delivery);
  }
  const net::Headers fields = net::parse_query(delivery.body);
  if (const std::string* payload = net::find_header(fields, "payload"))
    return from_payload(delivery, *payload);
  Json object = Json::object();
  for (const auto& [name, value] : fields) {
    if (name != "token") object[core::make_visible(name, kIdLength)] = value;
  }
  try {
    return from_payload(delivery, object.dump());
  } catch (const Json::type_error&) {
    return one(unreadable(delivery, "unparsable: invalid UTF-8"));
  }
}

Wire::Shaped Wire::plain(const Delivery& delivery) const {
  JsonReading reading = read_json(delivery.body);
  if (reading.kind == JsonReading::Kind::malformed) return invalid(reading.note);
  if (reading.kind == JsonReading::Kind::unparsable)
    return one(unreadable(delivery, std::move(reading.note)));
  core::Incoming event = blank(delivery);
  identify(event, delivery, reading.value);
  const bool whole = reading.value.is_object();
  event.body = whole ? std::move(reading.value) : Json{{"body", std::move(reading.value)}};
  event.raw_is = whole ? core::Incoming::RawIs::body : core::Incoming::RawIs::body_at_body;
  return one(std::move(event));
}

Wire::Shaped Wire::alerts(const Delivery& delivery) const {
  JsonReading reading = read_json(delivery.body);
  if (reading.kind == JsonReading::Kind::malformed) return invalid(reading.note);
  if (reading.kind == JsonReading::Kind::unparsable)
    return one(unreadable(delivery, std::move(reading.note)));
  auto alerts = split_alerts(reading.value, delivery.body);
  if (!alerts) return alerts.error();
  Reading all;
  for (Alert& alert : *alerts) {
    core::Incoming event = blank(delivery);
    event.body = std::move(alert.body);
    event.raw = std::move(alert.raw);
    event.delivery_id = core::make_visible(
        alert.fingerprint + '|' + alert.starts_at + '|' + alert.status, kIdLength);
    event.dedup_key =
        core::sha256_of_parts(event.source, alert.fingerprint, alert.starts_at, alert.status);
    event.body_hash = std::move(alert.identity_hash);
    event.series = std::move(alert.fingerprint);
    event.status = std::move(alert.status);
    all.events.push_back(std::move(event));
  }
  return all;
}

Wire::Shaped Wire::event_grid(const Delivery& delivery) const {
  if (media_of(delivery.headers).starts_with("application/cloudevents"))
    return cloudevents(delivery);
  JsonReading reading = read_json(delivery.body);
  if (reading.kind == JsonReading::Kind::malformed) return invalid(reading.note);
  if (reading.kind == JsonReading::Kind::unparsable)
    return one(unreadable(delivery, std::move(reading.note)));
  if (!reading.value.is_array() || reading.value.empty()) return invalid("not a list of events");
  Reading all;
  for (const Json& value : reading.value) {
    if (!value.is_object()) return invalid("an event is not an object");
    if (text_at(value, "eventType") == "Microsoft.EventGrid.SubscriptionValidationEvent") {
      const auto code = echo(value_at(value, "data"), "validationCode");
      if (!code) return invalid("no validation code that could be echoed");
      return answered({200, {}, Json{{"validationResponse", *code}}.dump()});
    }
    const std::string raw = value.dump();
    const std::string& part = reading.value.size() == 1 ? delivery.body : raw;
    auto event = from_payload({delivery.source, delivery.headers, part}, raw);
    if (!event) return event.error();
    all.events.push_back(std::move(event->events.front()));
  }
  return all;
}

Wire::Shaped Wire::cloudevents(const Delivery& delivery) const {
  if (cloudevents_mode(delivery.headers) == CloudEventsMode::unknown)
    return answered(
        {415, {}, Json{{"error", "only the JSON format of CloudEvents is read here"}}.dump()});
  auto events = read_cloudevents(delivery.headers, delivery.body);
  if (!events) return events.error();
  Reading all;
  for (CloudEvent& given : *events) {
    const Delivery part{delivery.source, delivery.headers, given.raw};
    core::Incoming event = unreadable(part, std::move(given.note));
    if (!given.id.empty()) {
      const std::string id = given.source + '|' + given.id;
      event.delivery_id = core::make_visible(id, kIdLength);
      event.dedup_key = core::sha256_of_parts(event.source, id);
    }
    if (own_id_ && !given.value.is_null()) identify(event, part, given.value);
    event.body = std::move(given.value);
    all.events.push_back(std::move(event));
  }
  return all;
}

Wire::Shaped Wire::sns(const Delivery& delivery) const {
  const JsonReading reading = read_json(delivery.body);
  if (!reading.value.is_object()) return invalid("no envelope of SNS");
  const Json& envelope = reading.value;
  if (text_at(envelope, "Type") == "SubscriptionConfirmation") {
    const std::string address = text_at(envelope, "SubscribeURL");
    if (!delivery.source.sns || !delivery.source.sns->confirm)
      return answered(
          {403, {}, R"({"error":"subscriptions are not confirmed by themselves here"})"});
    if (!is_sns_address(address)) return invalid("an address that is not of SNS");
    Reading confirmation = answered({200, {}, R"({"confirmed":true})"});
    confirmation.visit = address;
    return confirmation;
  }
  core::Incoming event = blank(delivery);
  identify(event, delivery, envelope);
  event.body = {{"event", text_at(envelope, "Type")},
                {"delivery", event.delivery_id},
                {"topic", text_at(envelope, "TopicArn")},
                {"subject", text_at(envelope, "Subject")},
                {"message", parsed(text_at(envelope, "Message"))},
                {"attributes", value_at(envelope, "MessageAttributes")}};
  // CloudWatch's alarms go on and off.
  const Json& message = event.body["message"];
  const std::string state = message.is_object() ? text_at(message, "NewStateValue") : "";
  if (state == "ALARM" || state == "OK") {
    event.series =
        core::sha256_of_parts(text_at(envelope, "TopicArn"), text_at(message, "AlarmName"));
    event.status = state == "OK" ? "resolved" : "firing";
  }
  return one(std::move(event));
}

Wire::Shaped Wire::pubsub(const Delivery& delivery) const {
  JsonReading reading = read_json(delivery.body);
  if (reading.kind == JsonReading::Kind::malformed) return invalid(reading.note);
  if (reading.kind == JsonReading::Kind::unparsable)
    return one(unreadable(delivery, std::move(reading.note)));
  const Json message = reading.value.is_object() ? value_at(reading.value, "message") : Json();
  if (!message.is_object()) return invalid("no envelope of Pub/Sub");
  auto data = core::unbase64(text_at(message, "data"));
  if (!data) return invalid("the data is not base64");
  core::Incoming event = blank(delivery);
  identify(event, delivery, reading.value);
  event.body = {{"delivery", event.delivery_id},
                {"subscription", text_at(reading.value, "subscription")},
                {"message", parsed(std::move(*data))},
                {"attributes", value_at(message, "attributes")}};
  try {
    static_cast<void>(event.body.dump());
  } catch (const Json::type_error&) {
    event.body["message"] = nullptr;
    event.body["message_base64"] = text_at(message, "data");
  }
  return one(std::move(event));
}

Result<Reading> Wire::read(const config::Source& source, const net::Headers& headers,
                           const std::string& body, core::IdSource& ids) const {
  static constexpr std::array kShapes{&Wire::plain,       &Wire::event,  &Wire::form,
                                      &Wire::slack,       &Wire::alerts, &Wire::event_grid,
                                      &Wire::cloudevents, &Wire::sns,    &Wire::pubsub};
  const auto shape = kShapes.at(static_cast<std::size_t>(sender_.shape));
  auto reading = (this->*shape)({source, headers, body});
  if (!reading) return reading;
  // Alerts that happen to travel together are stories of their own; a lone event continues its
  // sender's.
  if (reading->events.size() == 1) reading->events.front().correlation = sender_trace(headers);
  for (core::Incoming& event : reading->events) {
    if (event.correlation.empty()) event.correlation = ids.correlation();
  }
  return reading;
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
