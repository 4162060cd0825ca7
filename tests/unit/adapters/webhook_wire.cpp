#include "adapters/webhook/wire.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/adapters/webhook_fixtures.h"

namespace countersign::adapters::webhook {
namespace {

using test::alert;
using test::bearer_source;
using test::github_source;
using test::group;

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kTraceparent = "00-" + kTrace + "-00f067aa0ba902b7-01";

Result<std::vector<core::Incoming>> read(const config::Source& source, const net::Headers& headers,
                                         const std::string& body) {
  test::CountingIds ids;
  auto reading = Wire(source).read(source, headers, body, ids);
  if (!reading) return reading.error();
  return std::move(reading->events);
}

core::Incoming only(const config::Source& source, const net::Headers& headers,
                    const std::string& body) {
  const auto events = read(source, headers, body);
  EXPECT_TRUE(events.ok() && events->size() == 1);
  return events.ok() ? events->front() : core::Incoming{};
}

std::vector<core::Incoming> alerts(const Json& message) {
  const auto events = read(bearer_source("alertmanager"), {}, message.dump());
  EXPECT_TRUE(events.ok()) << events.error().message;
  return events.ok() ? *events : std::vector<core::Incoming>{};
}

TEST(WebhookWire, gives_rules_the_body_of_a_generic_source) {
  const std::string body = R"({"check":{"status":2},"client":{"name":"web-3"}})";
  const auto event = only(bearer_source(), {}, body);
  EXPECT_EQ(event.source, "alerts");
  EXPECT_EQ(event.trigger, "acme.thing");
  EXPECT_EQ(event.body, Json::parse(body));
  EXPECT_EQ(event.raw, body);
  EXPECT_EQ(event.dedup_key.size(), 64u);
  EXPECT_EQ(event.body_hash, core::sha256_hex(body));
  EXPECT_TRUE(event.replay_key.empty());
  EXPECT_EQ(only(bearer_source(), {}, "[1]").body, (Json{{"body", {1}}}));
}

TEST(WebhookWire, I3_same_bytes_are_the_same_generic_delivery) {
  const auto source = bearer_source();
  EXPECT_EQ(only(source, {}, R"({"a":1})").dedup_key, only(source, {}, R"({"a":1})").dedup_key);
  EXPECT_NE(only(source, {}, R"({"a":1})").dedup_key, only(source, {}, R"({"a": 1})").dedup_key);
  EXPECT_NE(only(source, {}, "{}").dedup_key,
            only(bearer_source("generic", "other"), {}, "{}").dedup_key);
}

TEST(WebhookWire, I3_a_dedup_key_names_the_delivery) {
  auto source = bearer_source();
  source.dedup = config::SourceDedup{"{{ body.id }}", {}};
  const auto first = only(source, {}, R"({"id":"17","at":1})");
  const auto second = only(source, {}, R"({"id":"17","at":2})");
  EXPECT_EQ(first.delivery_id, "17");
  EXPECT_EQ(first.dedup_key, second.dedup_key);
  EXPECT_NE(first.body_hash, second.body_hash);
  EXPECT_NE(first.dedup_key, only(source, {}, R"({"id":"18"})").dedup_key);
}

TEST(WebhookWire, a_dedup_key_that_gives_nothing_falls_back_to_the_bytes) {
  auto source = bearer_source();
  source.dedup = config::SourceDedup{"{{ body.id }}", {}};
  const auto by_bytes = only(bearer_source(), {}, R"({"id":""})").dedup_key;
  EXPECT_EQ(only(source, {}, R"({"id":""})").dedup_key, by_bytes);
  EXPECT_NE(only(source, {}, R"({"x":1})").dedup_key, only(source, {}, R"({"x":2})").dedup_key);
}

TEST(WebhookWire, T3_an_unsigned_id_of_a_signed_body_has_a_replay_key) {
  config::Source source = github_source();
  source.kind = "generic";
  source.trigger = "acme.thing";
  source.dedup = config::SourceDedup{"{{ headers.x_id }}", {}};
  const auto first = only(source, {{"X_Id", "1"}}, "{}");
  EXPECT_EQ(first.delivery_id, "1");
  EXPECT_FALSE(first.replay_key.empty());
  source.dedup->key = "{{ body.id }}";
  EXPECT_TRUE(only(source, {}, R"({"id":"1"})").replay_key.empty());
}

TEST(WebhookWire, T45_templates_never_see_credentials) {
  auto source = bearer_source();
  source.dedup = config::SourceDedup{"{{ headers.authorization }}", {}};
  const auto event = only(source, {{"Authorization", "Bearer tok-1"}}, "{}");
  EXPECT_EQ(event.delivery_id.find("tok-1"), std::string::npos);
}

TEST(WebhookWire, T16_T17_T18_keeps_what_no_rule_may_read) {
  for (const std::string& body :
       {std::string(R"({"env":"test","env":"prod"})"), std::string(R"({"a":"\u0000"})"),
        std::string(R"(["\ud800"])"), std::string(R"([1e400000])"),
        std::string(100, '[') + std::string(100, ']')}) {
    for (const auto& source : {bearer_source(), bearer_source("alertmanager"), github_source()}) {
      const auto event =
          only(source, {{"X-GitHub-Delivery", "d"}, {"X-GitHub-Event", "push"}}, body);
      EXPECT_TRUE(event.body.is_null());
      EXPECT_TRUE(event.body_note.starts_with("unparsable: ")) << event.body_note;
      EXPECT_EQ(event.raw, body);
      EXPECT_FALSE(event.dedup_key.empty());
    }
  }
}

TEST(WebhookWire, reads_a_github_delivery) {
  const net::Headers headers{{"X-GitHub-Event", "push"}, {"X-GitHub-Delivery", "d-1"}};
  const auto event = only(github_source(), headers, R"({"ref":"main"})");
  EXPECT_EQ(event.trigger, "github.event");
  EXPECT_EQ(event.delivery_id, "d-1");
  EXPECT_EQ(event.body, Json::parse(R"({"event":"push","delivery":"d-1","body":{"ref":"main"}})"));
  EXPECT_EQ(event.replay_key.size(), 64u);
  EXPECT_NE(event.replay_key, event.dedup_key);
}

TEST(WebhookWire, reads_the_form_that_github_can_send) {
  const auto event =
      only(github_source(),
           {{"X-GitHub-Delivery", "d"}, {"Content-Type", "application/x-www-form-urlencoded"}},
           "payload=%7B%22ref%22%3A%22a+b%22%7D");
  EXPECT_EQ(event.body.at("body"), Json::parse(R"({"ref":"a b"})"));
  EXPECT_FALSE(
      read(github_source(),
           {{"X-GitHub-Delivery", "d"}, {"Content-Type", "application/x-www-form-urlencoded"}},
           "x=1")
          .ok());
}

// What the bytes say need not be kept a second time.
TEST(WebhookWire, says_where_the_bytes_stand_in_the_body) {
  using RawIs = core::Incoming::RawIs;
  EXPECT_EQ(only(bearer_source(), {}, R"({"a":1})").raw_is, RawIs::body);
  EXPECT_EQ(only(bearer_source(), {}, "[1]").raw_is, RawIs::body_at_body);
  EXPECT_EQ(only(github_source(), {{"X-GitHub-Event", "push"}}, R"({"a":1})").raw_is,
            RawIs::body_at_body);
  EXPECT_EQ(
      only(github_source(),
           {{"X-GitHub-Event", "push"}, {"Content-Type", "application/x-www-form-urlencoded"}},
           "payload=%7B%22a%22%3A1%7D")
          .raw_is,
      RawIs::elsewhere);
  for (const auto& event : alerts(group({alert("a"), alert("b")})))
    EXPECT_EQ(event.raw_is, RawIs::elsewhere);
}

TEST(WebhookWire, a_ping_is_answered_and_makes_no_event) {
  test::CountingIds ids;
  const auto source = github_source();
  const auto reading = Wire(source).read(
      source, {{"X-GitHub-Event", "ping"}, {"X-GitHub-Delivery", "d"}}, "{}", ids);
  EXPECT_TRUE(reading->events.empty());
  EXPECT_EQ(reading->answer->status, 200);
}

TEST(WebhookWire, T3_the_bytes_name_a_github_delivery_without_exactly_one_id) {
  const auto by_bytes = only(github_source(), {}, "{}");
  EXPECT_EQ(only(github_source(), {{"X-GitHub-Delivery", ""}}, "{}").dedup_key, by_bytes.dedup_key);
  EXPECT_EQ(only(github_source(), {{"X-GitHub-Delivery", "a"}, {"X-GitHub-Delivery", "b"}}, "{}")
                .dedup_key,
            by_bytes.dedup_key);
  EXPECT_FALSE(by_bytes.replay_key.empty());
}

TEST(WebhookWire, splits_a_group_into_its_alerts) {
  const auto events = alerts(group({alert("DiskFull"), alert("CpuHot", "resolved")}));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].trigger, "prometheus.alert");
  EXPECT_EQ(events[0].delivery_id, "fp-DiskFull|2026-01-01T00:00:00Z|firing");
  EXPECT_EQ(events[0].series, "fp-DiskFull");
  EXPECT_EQ(events[1].status, "resolved");
  EXPECT_NE(events[0].correlation, events[1].correlation);
  Json expected = alert("DiskFull");
  expected.update({{"receiver", "countersign"},
                   {"groupKey", "{}:{alertname=\"DiskFull\"}"},
                   {"groupLabels", {{"alertname", "DiskFull"}}},
                   {"commonLabels", {{"severity", "warning"}}},
                   {"externalURL", "http://am:9093"}});
  EXPECT_EQ(events[0].body, expected);
}

TEST(WebhookWire, I3_a_repeated_alert_is_the_same_delivery_even_with_new_annotations) {
  Json later = alert("DiskFull");
  later["annotations"]["summary"] = "it is fuller";
  const auto first = alerts(group({alert("DiskFull")})).at(0);
  const auto repeat = alerts(group({later})).at(0);
  EXPECT_EQ(first.dedup_key, repeat.dedup_key);
  EXPECT_EQ(first.body_hash, repeat.body_hash);
  EXPECT_NE(first.dedup_key,
            alerts(group({alert("DiskFull", "firing", "2026-01-01T01:00:00Z")})).at(0).dedup_key);
  EXPECT_NE(first.dedup_key, alerts(group({alert("DiskFull", "resolved")})).at(0).dedup_key);
}

TEST(WebhookWire, T5_other_labels_under_a_known_fingerprint_are_a_conflict) {
  Json other = alert("DiskFull");
  other["labels"]["instance"] = "web-4";
  const auto first = alerts(group({alert("DiskFull")})).at(0);
  const auto second = alerts(group({other})).at(0);
  EXPECT_EQ(first.dedup_key, second.dedup_key);
  EXPECT_NE(first.body_hash, second.body_hash);
}

TEST(WebhookWire, derives_a_missing_fingerprint_from_the_labels) {
  Json a = alert("DiskFull"), b = alert("CpuHot");
  a.erase("fingerprint");
  b.erase("fingerprint");
  const auto events = alerts(group({a, b, a}));
  EXPECT_EQ(events[0].series.size(), 16u);
  EXPECT_NE(events[0].series, events[1].series);
  EXPECT_EQ(events[0].dedup_key, events[2].dedup_key);
  EXPECT_EQ(events[0].body.at("fingerprint"), events[0].series);
}

TEST(WebhookWire, T19_a_long_fingerprint_still_fits_an_index) {
  Json a = alert("DiskFull");
  a["fingerprint"] = std::string(500'000, 'f');
  const auto event = alerts(group({a})).at(0);
  EXPECT_LE(event.series.size(), 64u);
  EXPECT_LE(event.delivery_id.size(), 300u);
}

TEST(WebhookWire, refuses_json_that_is_no_alertmanager_message) {
  Json no_status = alert("a"), no_start = alert("a"), no_labels = alert("a"),
       number_label = alert("a");
  no_status["status"] = "maybe";
  no_start.erase("startsAt");
  no_labels.erase("labels");
  number_label["labels"]["n"] = 1;
  for (const Json& message :
       {Json(), Json("x"), Json::object(), Json{{"alerts", 1}}, group({}), group({1}),
        group({no_status}), group({no_start}), group({no_labels}), group({number_label})}) {
    const auto events = read(bearer_source("alertmanager"), {}, message.dump());
    ASSERT_FALSE(events.ok()) << message;
    EXPECT_EQ(events.error().kind, ErrorKind::invalid);
  }
}

TEST(WebhookWire, T15_splitting_a_group_cannot_multiply_its_size_without_bounds) {
  std::vector<Json> many;
  for (int i = 0; i < 2'000; ++i) many.push_back(alert(std::to_string(i)));
  Json message = group(many);
  std::size_t total = 0;
  for (const auto& event : alerts(message)) total += event.raw.size();
  EXPECT_LT(total, 40u * 1024 * 1024);
  message["commonLabels"]["big"] = std::string(200'000, 'x');
  const auto events = read(bearer_source("alertmanager"), {}, message.dump());
  ASSERT_FALSE(events.ok());
  EXPECT_EQ(events.error().kind, ErrorKind::refused);
}

TEST(WebhookWire, a_lone_event_continues_the_senders_trace_and_a_group_does_not) {
  const net::Headers headers{{"traceparent", kTraceparent}};
  EXPECT_EQ(only(bearer_source(), headers, "{}").correlation.text(), kTrace);
  std::set<std::string> seen{kTrace};
  const auto events =
      read(bearer_source("alertmanager"), headers, group({alert("a"), alert("b")}).dump());
  for (const auto& event : *events) EXPECT_TRUE(seen.insert(event.correlation.text()).second);
  EXPECT_FALSE(only(bearer_source(), {}, "{}").correlation.empty());
}

TEST(WebhookWire, takes_only_a_valid_traceparent) {
  const auto trace = [](const std::string& value) {
    return sender_trace({{"Traceparent", value}}).text();
  };
  EXPECT_EQ(trace(kTraceparent), kTrace);
  EXPECT_EQ(trace("cc-" + kTrace + "-00f067aa0ba902b7-01-more"), kTrace);
  for (const std::string& bad :
       {std::string(), std::string("00"), "ff-" + kTrace + "-00f067aa0ba902b7-01",
        kTraceparent + "-x", kTraceparent + "0",
        "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
        "00-" + kTrace + "-0000000000000000-01",
        "00-" + std::string(32, 'A') + "-00f067aa0ba902b7-01",
        "00_" + kTrace + "-00f067aa0ba902b7-01", "00-" + kTrace + "-00f067aa0ba902b7-0",
        "cc-" + kTrace + "-00f067aa0ba902b7-01."}) {
    EXPECT_EQ(trace(bad), "") << bad;
  }
  EXPECT_TRUE(sender_trace({{"traceparent", kTraceparent}, {"traceparent", kTraceparent}}).empty());
}

TEST(WebhookWire, T17_headers_that_are_no_text_reach_the_database_as_text) {
  const auto event =
      only(github_source(), {{"X-GitHub-Delivery", "\xFF\x01"}, {"X-GitHub-Event", "\xC0"}}, "{}");
  EXPECT_NO_THROW(event.body.dump());
  EXPECT_NO_THROW(Json(event.delivery_id).dump());
}

}  // namespace
}  // namespace countersign::adapters::webhook
