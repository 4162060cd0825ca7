// Every row of the table of senders, with its sample: what the configuration, the lock and the wire
// make of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "adapters/webhook/recipe.h"
#include "adapters/webhook/wire.h"
#include "bot/core/unicode.h"
#include "tests/unit/adapters/webhook_fixtures.h"
#include "tests/unit/adapters/webhook_proofs.h"

namespace countersign::adapters::webhook {
namespace {

using config::Sender;
using config::Source;
using test::all_proofs;
using test::prove;
using test::sample_request;
using test::Shown;
using test::source_of;

std::vector<core::Incoming> read(const Source& source, const net::HttpRequest& request) {
  test::CountingIds ids;
  auto reading = Wire(source).read(source, request.headers, request.body, ids);
  if (!reading) {
    ADD_FAILURE() << source.kind << ": " << reading.error().message;
    return {};
  }
  return std::move(reading->events);
}

TEST(Senders, T1_each_proof_of_each_kind_opens_the_door_for_its_sample_and_nothing_less_does) {
  for (const Sender& sender : config::senders()) {
    const auto all = all_proofs(sender);
    EXPECT_FALSE(all.empty()) << sender.kind << " has no way to prove itself";
    for (const Shown& shown : all) {
      const auto what = sender.kind + " by " + shown.way;
      const Proof proof = prove(shown);
      EXPECT_EQ(proof.kind, Proof::Kind::good) << what << ": " << proof.why << proof.url;
      EXPECT_FALSE(proof.key_id.empty()) << what;

      Shown bare = shown;
      bare.request = sample_request(sender);
      EXPECT_EQ(prove(bare).kind, Proof::Kind::refused) << what << ", without the proof";
    }
  }
}

TEST(Senders, T1_a_signature_covers_the_body_of_every_kind) {
  for (const Sender& sender : config::senders()) {
    for (Shown& shown : all_proofs(sender)) {
      if (shown.source.secrets.empty() && shown.source.public_keys.empty() && !shown.source.sns)
        continue;
      const auto place = shown.request.body.find("web-3");
      if (place == std::string::npos) {
        shown.request.body += ' ';
        if (shown.source.sns) continue;  // signs fields, not bytes
      } else {
        shown.request.body[place] = 'W';
      }
      EXPECT_EQ(prove(shown).kind, Proof::Kind::refused) << sender.kind << " by " << shown.way;
    }
  }
}

TEST(Senders, the_sample_of_every_kind_becomes_an_event_that_has_a_name) {
  for (const Sender& sender : config::senders()) {
    const auto shown = all_proofs(sender).front();
    const auto events = read(shown.source, shown.request);
    ASSERT_EQ(events.size(), 1u) << sender.kind;
    EXPECT_EQ(events[0].trigger, shown.source.trigger) << sender.kind;
    EXPECT_FALSE(events[0].trigger.empty()) << sender.kind;
    EXPECT_FALSE(events[0].delivery_id.empty()) << sender.kind;
    EXPECT_EQ(events[0].dedup_key.size(), 64u) << sender.kind;
    EXPECT_TRUE(events[0].body.is_object()) << sender.kind << ": " << events[0].body_note;
    EXPECT_EQ(events[0].body_note, "") << sender.kind;
    EXPECT_TRUE(sender.events.empty() || events[0].body.at("event") != "") << sender.kind;
    EXPECT_EQ(events[0].remember, std::chrono::hours(24 * sender.days)) << sender.kind;
  }
}

// What names a delivery, as recipe parts; for kinds whose wire has that built in, likewise.
std::vector<std::string> naming_parts(const Sender& sender, const net::HttpRequest& request) {
  const std::map<config::Shape, std::string> built_in{
      {config::Shape::plain, "body:id"},
      {config::Shape::alerts, "body:alerts.0.fingerprint|body:alerts.0.startsAt"},
      {config::Shape::cloudevents, "body:source|body:id"}};
  std::string found;
  if (sender.ids.empty()) {
    found = built_in.at(sender.shape);
  } else {
    Json body = Json::parse(request.body);
    if (sender.shape == config::Shape::event_grid) body = body.at(0);
    for (const std::string& text : sender.ids) {
      if (found.empty() && !Recipe(text).of(request.headers, body).empty()) found = text;
    }
  }
  std::vector<std::string> parts;
  for (std::size_t at = 0; at != std::string::npos && !found.empty();) {
    const auto end = found.find('|', at);
    parts.push_back(found.substr(at, end - at));
    at = end == std::string::npos ? end : end + 1;
  }
  return parts;
}

void change(Json& value) {
  if (value.is_number_integer()) {
    value = value.get<std::int64_t>() + 1;
  } else {
    value = value.get<std::string>() + "x";
  }
}

// False if the part stands nowhere in this delivery.
bool change_part(const Sender& sender, const std::string& part, net::HttpRequest& request) {
  const std::string name = part.substr(part.find(':') + 1);
  if (part.starts_with("header:")) {
    for (auto& [key, value] : request.headers) {
      if (core::to_lower(key) == name) return value += "x", true;
    }
    return false;
  }
  std::string path = sender.shape == config::Shape::event_grid ? "/0/" : "/";
  for (const char c : name) path += c == '.' ? '/' : c;
  Json body = Json::parse(request.body);
  const Json::json_pointer pointer(path);
  if (!body.contains(pointer)) return false;
  change(body[pointer]);
  request.body = body.dump();
  return true;
}

TEST(Senders, I3_the_same_delivery_has_the_same_key_and_another_id_has_another) {
  for (const Sender& sender : config::senders()) {
    const auto shown = all_proofs(sender).front();
    const auto first = read(shown.source, shown.request).at(0);
    const auto again = read(shown.source, shown.request).at(0);
    EXPECT_EQ(first.dedup_key, again.dedup_key) << sender.kind;
    EXPECT_EQ(first.body_hash, again.body_hash) << sender.kind;

    const auto parts = naming_parts(sender, shown.request);
    ASSERT_FALSE(parts.empty()) << sender.kind;
    int changed = 0;
    for (const std::string& part : parts) {
      net::HttpRequest other = shown.request;
      if (!change_part(sender, part, other)) continue;
      ++changed;
      EXPECT_NE(read(shown.source, other).at(0).dedup_key, first.dedup_key)
          << sender.kind << ": another " << part;
    }
    EXPECT_GT(changed, 0) << sender.kind;
  }
}

TEST(Senders, I3_two_sources_never_share_a_key) {
  for (const Sender& sender : config::senders()) {
    auto shown = all_proofs(sender).front();
    const auto first = read(shown.source, shown.request).at(0);
    shown.source.name = "t";
    EXPECT_NE(read(shown.source, shown.request).at(0).dedup_key, first.dedup_key) << sender.kind;
  }
}

// Notifications are repeated with another output and time: that is the same delivery, not a
// conflict.
TEST(Senders, a_monitoring_system_that_repeats_itself_is_understood) {
  for (const char* kind : {"nagios", "icinga2"}) {
    const Sender& sender = config::sender_of(kind);
    const Source source = source_of(sender);
    auto request = sample_request(sender);
    const auto first = read(source, request).at(0);
    Json body = Json::parse(request.body);
    body["output"] = "93 % used";
    body["time"] = "1767229200";
    request.body = body.dump();
    const auto repeated = read(source, request).at(0);
    EXPECT_EQ(repeated.dedup_key, first.dedup_key) << kind;
    EXPECT_EQ(repeated.body_hash, first.body_hash) << kind;
  }
}

struct Turn {
  const char* kind;
  const char* path;  // of what says whether it is on
  std::vector<Json> firing;
  std::vector<Json> resolved;
  std::vector<Json> neither;
};

Json alarm(const std::string& state) {
  return Json{{"AlarmName", "cpu"}, {"NewStateValue", state}}.dump();
}

const std::vector<Turn>& turns() {
  static const std::vector<Turn> kTurns = {
      {"alertmanager", "/alerts/0/status", {"firing"}, {"resolved"}, {}},
      {"grafana", "/alerts/0/status", {"firing"}, {"resolved"}, {}},
      {"pagerduty",
       "/event/event_type",
       {"incident.triggered", "incident.reopened"},
       {"incident.resolved"},
       {"incident.acknowledged", "incident.annotated"}},
      {"opsgenie", "/action", {"Create"}, {"Close", "Delete"}, {"Acknowledge", "AddNote"}},
      {"datadog", "/transition", {"Triggered", "Re-Triggered"}, {"Recovered"}, {"Renotify", ""}},
      {"newrelic", "/state", {"CREATED", "ACTIVATED"}, {"CLOSED"}, {"ACKNOWLEDGED"}},
      {"sensu", "/check/status", {1, 2}, {0}, {}},
      {"nagios",
       "/state",
       {"WARNING", "CRITICAL", "UNKNOWN", "DOWN", "UNREACHABLE"},
       {"OK", "UP"},
       {"PENDING"}},
      {"icinga2", "/state", {"WARNING", "CRITICAL", "UNKNOWN", "DOWN"}, {"OK", "UP"}, {"PENDING"}},
      {"zabbix", "/value", {"1"}, {"0"}, {""}},
      {"aws-sns",
       "/Message",
       {alarm("ALARM")},
       {alarm("OK")},
       {alarm("INSUFFICIENT_DATA"), "free text"}},
      {"azure-monitor", "/data/essentials/monitorCondition", {"Fired"}, {"Resolved"}, {}},
      {"gcp-monitoring", "/incident/state", {"open"}, {"closed"}, {"acknowledged"}},
  };
  return kTurns;
}

TEST(Senders, firing_and_resolved_are_two_ends_of_one_series) {
  for (const Turn& turn : turns()) {
    const Sender& sender = config::sender_of(turn.kind);
    const Source source = source_of(sender);
    std::set<std::string> series;
    const auto expect = [&](const std::vector<Json>& values, const std::string& status) {
      for (const Json& value : values) {
        auto request = sample_request(sender);
        Json body = Json::parse(request.body);
        body[Json::json_pointer(turn.path)] = value;
        request.body = body.dump();
        const auto event = read(source, request).at(0);
        EXPECT_EQ(event.status, status) << turn.kind << ' ' << value;
        if (!status.empty()) series.insert(event.series);
        EXPECT_EQ(event.series.empty(), status.empty()) << turn.kind << ' ' << value;
      }
    };
    expect(turn.firing, "firing");
    expect(turn.resolved, "resolved");
    expect(turn.neither, "");
    EXPECT_EQ(series.size(), 1u) << turn.kind;
  }
}

TEST(Senders, every_kind_that_has_series_is_among_those_above) {
  for (const Sender& sender : config::senders()) {
    const bool told =
        std::ranges::any_of(turns(), [&](const Turn& turn) { return sender.kind == turn.kind; });
    EXPECT_TRUE(sender.series.empty() || told) << sender.kind;
  }
}

}  // namespace
}  // namespace countersign::adapters::webhook
