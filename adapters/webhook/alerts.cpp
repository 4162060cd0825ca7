#include "adapters/webhook/alerts.h"

#include <algorithm>
#include <utility>

#include "bot/core/digest.h"

namespace countersign::adapters::webhook {
namespace {

// What splitting may multiply a message to. Honest groups stay far below: 5,000 alerts that share 2
// kB make 10 MB.
constexpr std::size_t kSplitLimit = 32 * 1024 * 1024;
constexpr std::size_t kFingerprintLength = 64;  // Alertmanager's have 16

// Absent and null are the same; nothing if the value is of another type.
const std::string* text_of(const Json& object, const char* key) {
  static const std::string kNone;
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return &kNone;
  return found->get_ptr<const std::string*>();
}

bool is_labels(const Json& value) {
  return value.is_object() &&
         std::ranges::all_of(value, [](const Json& label) { return label.is_string(); });
}

void copy_text(const Json& from, Json& to, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const std::string* text = text_of(from, key);
    to[key] = text == nullptr ? "" : *text;
  }
}

void copy_labels(const Json& from, Json& to, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = from.find(key);
    to[key] = found != from.end() && is_labels(*found) ? *found : Json::object();
  }
}

// A name short enough for every index, whatever the sender calls it.
std::string series_of(const std::string& fingerprint, const std::string& labels) {
  if (fingerprint.empty()) return core::sha256_hex(labels).substr(0, 16);
  return fingerprint.size() > kFingerprintLength ? core::sha256_hex(fingerprint) : fingerprint;
}

Result<Alert> read_alert(const Json& given, const Json& shared) {
  if (!given.is_object()) return invalid("an alert is not an object");
  const std::string* status = text_of(given, "status");
  if (status == nullptr || (*status != "firing" && *status != "resolved")) {
    return invalid("an alert is neither firing nor resolved");
  }
  const std::string* starts_at = text_of(given, "startsAt");
  if (starts_at == nullptr || starts_at->empty()) return invalid("an alert has no startsAt");
  const auto labels = given.find("labels");
  if (labels == given.end() || !is_labels(*labels)) return invalid("an alert has no labels");
  const std::string* fingerprint = text_of(given, "fingerprint");
  if (fingerprint == nullptr) return invalid("the fingerprint of an alert is not text");

  Alert alert;
  alert.status = *status;
  alert.starts_at = *starts_at;
  const std::string canonical = labels->dump();
  alert.fingerprint = series_of(*fingerprint, canonical);
  alert.identity_hash = core::sha256_of_parts(canonical, alert.starts_at, alert.status);
  alert.body = shared;
  copy_text(given, alert.body, {"status", "startsAt", "endsAt", "generatorURL"});
  copy_labels(given, alert.body, {"labels", "annotations"});
  alert.body["fingerprint"] = alert.fingerprint;
  return alert;
}

}  // namespace

Result<std::vector<Alert>> split_alerts(const Json& message, const std::string& raw) {
  const auto given = message.is_object() ? message.find("alerts") : message.end();
  if (given == message.end() || !given->is_array()) return invalid("not an Alertmanager message");
  if (given->empty()) return invalid("the message has no alerts");

  Json shared = Json::object();
  copy_text(message, shared, {"receiver", "groupKey", "externalURL"});
  copy_labels(message, shared, {"groupLabels", "commonLabels"});
  if (shared.dump().size() * given->size() > kSplitLimit) return refused("the group is too large");
  const bool whole = raw.size() * given->size() <= kSplitLimit;

  std::vector<Alert> alerts;
  alerts.reserve(given->size());
  for (const Json& one : *given) {
    auto alert = read_alert(one, shared);
    if (!alert) return alert.error();
    alert->raw = whole ? raw : one.dump();
    alerts.push_back(std::move(*alert));
  }
  return alerts;
}

}  // namespace countersign::adapters::webhook
