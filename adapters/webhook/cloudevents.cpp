#include "adapters/webhook/cloudevents.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/webhook/fields.h"
#include "bot/core/digest.h"
#include "bot/core/json_guard.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::webhook {
namespace {

constexpr std::string_view kPrefix = "ce-";

std::string content_type(const net::Headers& headers) {
  const auto values = net::all_values(headers, "content-type");
  return values.size() == 1 ? values.front() : std::string();
}

// Without parameters, in lower case.
std::string media_type(const std::string& type) {
  return core::to_lower(core::trim(std::string_view(type).substr(0, type.find(';'))));
}

bool is_json(const std::string& media) {
  return media == "application/json" || media == "text/json" || media.ends_with("+json");
}

bool valid_utf8(const std::string& text) {
  if (text.find('\0') != text.npos) return false;  // PostgreSQL takes none in jsonb
  try {
    return !Json(text).dump().empty();
  } catch (const Json::type_error&) {
    return false;
  }
}

// Quotes of older senders are undone first, then one round of percent-decoding.
std::optional<std::string> attribute(std::string_view header) {
  std::string text;
  if (header.size() >= 2 && header.front() == '"' && header.back() == '"') {
    header = header.substr(1, header.size() - 2);
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (header[i] == '\\' && i + 1 < header.size()) ++i;
      text += header[i];
    }
  } else {
    text = header;
  }
  text = net::percent_decode(text);
  return valid_utf8(text) ? std::optional(std::move(text)) : std::nullopt;
}

Result<CloudEvent> judged(Json value, std::string raw) {
  if (text_at(value, "specversion").empty()) return invalid("specversion is missing");
  if (text_at(value, "specversion") != "1.0") return invalid("an unknown version of CloudEvents");
  for (const char* key : {"id", "source", "type"}) {
    if (text_at(value, key).empty()) return invalid(std::string(key) + " is missing");
  }
  CloudEvent event{text_at(value, "source"), text_at(value, "id"), {}, {}, std::move(raw)};
  event.value = std::move(value);
  return event;
}

Result<std::vector<CloudEvent>> read_binary(const net::Headers& headers, const std::string& body) {
  Json value = Json::object();
  for (const auto& [header, given] : headers) {
    const std::string name = core::to_lower(header);
    if (!name.starts_with(kPrefix)) continue;
    const std::string key = name.substr(kPrefix.size());
    if (key == "datacontenttype") return invalid("ce-datacontenttype must not be sent");
    if (key == "data" || key == "data_base64" || value.contains(key))
      return invalid("a ce- header that may not stand there, or stands twice");
    const auto text = attribute(given);
    if (!text) return invalid("a ce- header is not valid UTF-8");
    value[key] = *text;
  }
  const std::string type = content_type(headers);
  if (!valid_utf8(type)) return invalid("the Content-Type is not valid UTF-8");
  if (!type.empty()) value["datacontenttype"] = type;
  auto event = judged(std::move(value), body);
  if (!event) return event.error();
  if (body.empty()) return std::vector{std::move(*event)};
  if (!is_json(media_type(type))) {
    if (valid_utf8(body)) {
      event->value["data"] = body;
    } else {
      event->value["data_base64"] = core::base64(body);
    }
    return std::vector{std::move(*event)};
  }
  auto reading = core::read_json(body);
  if (reading.kind == core::JsonReading::Kind::malformed) return invalid(reading.note);
  if (reading.kind == core::JsonReading::Kind::value) {
    event->value["data"] = std::move(reading.value);
  } else {
    event->value = nullptr;
    event->note = std::move(reading.note);
  }
  return std::vector{std::move(*event)};
}

Result<std::vector<CloudEvent>> read_bodies(const std::string& body, bool batch) {
  auto reading = core::read_json(body);
  if (reading.kind == core::JsonReading::Kind::malformed) return invalid(reading.note);
  // Neither source nor id can be read: the bytes have to stand for them.
  if (reading.kind == core::JsonReading::Kind::unparsable)
    return std::vector{CloudEvent{{}, {}, nullptr, std::move(reading.note), body}};
  if (batch && !reading.value.is_array()) return invalid("a batch is a list");
  if (batch && reading.value.empty()) return invalid("the batch is empty");
  std::vector<CloudEvent> events;
  Json::array_t list;
  if (batch) {
    list = std::move(reading.value.get_ref<Json::array_t&>());
  } else {
    list.push_back(std::move(reading.value));
  }
  const bool alone = list.size() == 1;
  for (Json& one : list) {
    if (!one.is_object()) return invalid("an event is not an object");
    std::string raw = alone ? body : one.dump();
    auto event = judged(std::move(one), std::move(raw));
    if (!event) return event.error();
    events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace

CloudEventsMode cloudevents_mode(const net::Headers& headers) {
  using enum CloudEventsMode;
  const std::string media = media_type(content_type(headers));
  if (media == "application/cloudevents+json") return structured;
  if (media == "application/cloudevents-batch+json") return batch;
  return media.starts_with("application/cloudevents") ? unknown : binary;
}

Result<std::vector<CloudEvent>> read_cloudevents(const net::Headers& headers,
                                                 const std::string& body) {
  switch (cloudevents_mode(headers)) {
    case CloudEventsMode::binary:
      return read_binary(headers, body);
    case CloudEventsMode::structured:
      return read_bodies(body, false);
    case CloudEventsMode::batch:
      return read_bodies(body, true);
    case CloudEventsMode::unknown:
      break;
  }
  return invalid("a format of CloudEvents that is not read here");
}

}  // namespace countersign::adapters::webhook
