#include <gtest/gtest.h>

#include <future>

#include "bot/store/audit.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using core::Acceptance;
using samples::incoming;

class Accept : public samples::StoreTest {
 protected:
  std::vector<core::Accepted> batch(const std::vector<core::Incoming>& items) {
    return tx([&](Tx& t) { return accept_events(t, items); });
  }
  core::Event stored(core::EventId id) {
    return tx([&](Tx& t) { return *find_event(t, id); });
  }
};

// I1, I2
TEST_F(Accept, stores_a_fresh_delivery_with_its_key_its_queue_row_and_its_audit) {
  auto in = incoming("d1", {{"labels", {{"instance", "web-3"}}}});
  in.series = "fp-1";
  in.status = "firing";
  const auto answer = accept(in);
  EXPECT_EQ(answer.verdict, Acceptance::fresh);
  EXPECT_EQ(answer.correlation, in.correlation);
  const core::Event event = stored(answer.event);
  EXPECT_EQ(event.body, in.body);
  EXPECT_EQ(event.source, "alerts");
  EXPECT_EQ(event.trigger, "prometheus.alert");
  EXPECT_EQ(event.delivery_id, "d1");
  EXPECT_EQ(event.series, "fp-1");
  EXPECT_EQ(event.status, "firing");
  EXPECT_EQ(event.correlation, in.correlation);
  EXPECT_EQ(test_.value("SELECT convert_from(raw, 'UTF8') FROM cs.event"), in.raw);
  EXPECT_EQ(tx([](Tx& t) { return queue_depth(t); }), 1);
  const auto audit = tx([&](Tx& t) { return audit_of_correlation(t, in.correlation); });
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0].kind, "event.accepted");
  EXPECT_EQ(audit[0].ref, "event:" + answer.event.text());
}

// I3, T2
TEST_F(Accept, answers_a_redelivery_with_the_first_event) {
  const auto first = accept(incoming("d1"));
  auto again = incoming("d1");
  again.correlation = samples::correlation("another");
  const auto second = accept(again);
  EXPECT_EQ(second.verdict, Acceptance::redelivery);
  EXPECT_EQ(second.event, first.event);
  EXPECT_EQ(second.correlation, first.correlation);
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.event"), "1");
}

// T5
TEST_F(Accept, refuses_another_body_under_a_known_id_and_leaves_a_trace) {
  const auto first = accept(incoming("d1", {{"n", 1}}));
  const auto other = incoming("d1", {{"n", 2}});
  const auto second = accept(other);
  EXPECT_EQ(second.verdict, Acceptance::conflict);
  EXPECT_EQ(second.event, first.event);
  EXPECT_EQ(stored(first.event).body, (Json{{"n", 1}}));
  EXPECT_EQ(test_.value("SELECT body->>'body_hash' FROM cs.audit WHERE kind = 'event.conflict'"),
            other.body_hash);
}

// T3
TEST_F(Accept, knows_a_body_that_comes_back_under_a_new_id) {
  auto in = incoming("d1");
  in.replay_key = core::sha256_hex("the body");
  EXPECT_EQ(accept(in).verdict, Acceptance::fresh);
  auto replayed = incoming("d2");
  replayed.replay_key = in.replay_key;
  EXPECT_EQ(accept(replayed).verdict, Acceptance::replay);
  EXPECT_EQ(accept(replayed).verdict, Acceptance::redelivery);
  const auto claimed = tx([](Tx& t) { return claim_events(t, "r0", 10, samples::kLease); });
  ASSERT_EQ(claimed.size(), 2u);
  EXPECT_FALSE(claimed[0].replay);
  EXPECT_TRUE(claimed[1].replay);
}

// T3, T5: a body that was refused must not make the honest one look like a replay.
TEST_F(Accept, does_not_remember_the_body_of_a_conflict) {
  auto poisoned = incoming("d1", {{"n", 2}});
  poisoned.replay_key = core::sha256_hex("body two");
  accept(incoming("d1", {{"n", 1}}));
  EXPECT_EQ(accept(poisoned).verdict, Acceptance::conflict);
  auto honest = incoming("d2", {{"n", 2}});
  honest.replay_key = poisoned.replay_key;
  EXPECT_EQ(accept(honest).verdict, Acceptance::fresh);
}

TEST_F(Accept, judges_a_batch_item_by_item_in_its_order) {
  accept(incoming("known"));
  auto replay_one = incoming("e", {{"n", 5}});
  auto replay_two = incoming("f", {{"n", 5}});
  replay_one.replay_key = replay_two.replay_key = core::sha256_hex("n5");
  const auto answers = batch({incoming("z"), incoming("known"), incoming("a"), incoming("z"),
                              incoming("z", {{"n", 9}}), replay_one, replay_two});
  std::vector<Acceptance> verdicts;
  for (const auto& answer : answers) verdicts.push_back(answer.verdict);
  EXPECT_EQ(verdicts, (std::vector{Acceptance::fresh, Acceptance::redelivery, Acceptance::fresh,
                                   Acceptance::redelivery, Acceptance::conflict, Acceptance::fresh,
                                   Acceptance::replay}));
  EXPECT_EQ(answers[3].event, answers[0].event);
  EXPECT_EQ(answers[3].correlation, answers[0].correlation);
  EXPECT_EQ(stored(answers[2].event).delivery_id, "a");
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.event"),
            test_.value("SELECT count(*) FROM cs.event_queue"));
}

// I3: whoever is first, the others are redeliveries; crossed batches do not deadlock.
TEST_F(Accept, makes_one_event_of_each_delivery_whoever_brings_it) {
  std::vector<core::Incoming> forwards, backwards;
  for (int i = 0; i < 50; ++i) forwards.push_back(incoming("d" + std::to_string(i)));
  backwards.assign(forwards.rbegin(), forwards.rend());
  std::vector<std::future<int>> racers;
  for (int i = 0; i < 8; ++i) {
    racers.push_back(std::async(std::launch::async, [&, i] {
      int fresh = 0;
      for (const auto& answer : batch(i % 2 ? forwards : backwards))
        fresh += answer.verdict == Acceptance::fresh;
      return fresh;
    }));
  }
  int fresh = 0;
  for (auto& racer : racers) fresh += racer.get();
  EXPECT_EQ(fresh, 50);
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.event"), "50");
}

// T16: the door found it unreadable; bytes and note stay.
TEST_F(Accept, keeps_what_the_door_could_not_parse) {
  auto in = incoming("d1");
  in.raw = std::string("\x00\xff{\"a\":1,\"a\":2}", 15);
  in.body = nullptr;
  in.body_note = "duplicate key a";
  const auto answer = accept(in);
  EXPECT_EQ(answer.verdict, Acceptance::fresh);
  EXPECT_TRUE(stored(answer.event).body.is_null());
  EXPECT_EQ(stored(answer.event).body_note, "duplicate key a");
  EXPECT_EQ(test_.value("SELECT encode(raw, 'hex') FROM cs.event"), core::hex(in.raw));
}

// T17: the database refuses one body; neither that event nor its neighbours are lost.
TEST_F(Accept, keeps_an_event_whose_body_the_database_refuses) {
  auto odd = incoming("odd", {{"text", std::string("nul\0nul", 7)}});
  auto torn = incoming("torn");
  torn.body = Json{{"text", "\xff\xfe"}};
  const auto answers = batch({incoming("a"), odd, torn, incoming("b")});
  for (const auto& answer : answers) EXPECT_EQ(answer.verdict, Acceptance::fresh);
  EXPECT_TRUE(stored(answers[1].event).body.is_null());
  EXPECT_EQ(stored(answers[1].event).body_note, "refused by the database");
  EXPECT_TRUE(stored(answers[2].event).body.is_null());
  EXPECT_EQ(stored(answers[2].event).body_note, "not valid UTF-8");
  EXPECT_FALSE(stored(answers[3].event).body.is_null());
}

// T17, T50
TEST_F(Accept, takes_any_text_in_any_field) {
  auto in = incoming(std::string("id\0with nul", 11));
  in.trigger = "t'; DROP TABLE cs.event; --";
  in.series = "\xff\xff";
  in.status = "{\"json\": \"\\u0000\"}";
  const auto answer = accept(in);
  EXPECT_EQ(stored(answer.event).trigger, in.trigger);
  EXPECT_EQ(stored(answer.event).status, in.status);
}

// The bytes are enough: a body that they say completely is not kept a second time, and reads the
// same.
TEST_F(Accept, keeps_a_body_that_is_its_bytes_only_once) {
  // As the door reads it: digits beyond 2^53 become text.
  auto in = incoming(
      "d1", {{"text", "\xC3\xBC \xF0\x9F\x98\x80"}, {"n", "9007199254740993"}, {"empty", {}}});
  in.raw = R"({"empty": null, "n": 9007199254740993, "text": "\u00fc \ud83d\ude00"})";
  in.raw_is = core::Incoming::RawIs::body;
  const auto event = accept(in).event;
  EXPECT_EQ(stored(event).body, in.body);
  EXPECT_EQ(test_.value("SELECT body IS NULL AND body_is_raw FROM cs.event"), "true");
  EXPECT_EQ(test_.value("SELECT body->>'n' FROM cs.event_row"), "9007199254740993");
}

// T17: what others take around a value and PostgreSQL does not.
TEST_F(Accept, keeps_a_body_beside_bytes_that_the_database_could_not_read_again) {
  for (const std::string& raw :
       {std::string("{\"n\":1}\0", 8), std::string("\xEF\xBB\xBF{\"n\":1}")}) {
    auto in = incoming("d" + std::to_string(raw.size()), {{"n", 1}});
    in.raw = raw;
    in.body_hash = core::sha256_hex(raw);
    in.raw_is = core::Incoming::RawIs::body;
    EXPECT_EQ(stored(accept(in).event).body, (Json{{"n", 1}})) << raw;
  }
}

// T16, T17, T18: PostgreSQL would take none of these as jsonb, or as something else.
TEST_F(Accept, keeps_the_bytes_of_whatever_the_door_could_not_read) {
  const std::string raws[] = {std::string("{\"a\":\"\0\"}", 9),
                              R"({"a":"\u0000"})",
                              R"({"a":"\ud800"})",
                              "{\"a\":1e400000}",
                              std::string(100'000, '['),
                              R"({"a":1,"a":2})",
                              "",
                              "\xff"};
  std::vector<core::Incoming> all;
  for (const std::string& raw : raws) {
    auto in = incoming("odd " + std::to_string(all.size()));
    in.raw = raw;
    in.body_hash = core::sha256_hex(raw);
    in.body = nullptr;
    in.body_note = "unparsable";
    in.raw_is = core::Incoming::RawIs::body;
    all.push_back(in);
  }
  const auto answers = batch(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(answers[i].verdict, Acceptance::fresh);
    EXPECT_TRUE(stored(answers[i].event).body.is_null());
    EXPECT_EQ(test_.value("SELECT encode(sha256(raw), 'hex') FROM cs.event WHERE event_id = " +
                          answers[i].event.text()),
              core::sha256_hex(all[i].raw));
  }
}

// T7
TEST_F(Accept, records_which_secret_was_shown) {
  auto in = incoming("d1");
  in.key_id = "2026-a";
  accept(in);
  accept(incoming("d2"));
  EXPECT_EQ(
      test_.value(
          "SELECT string_agg(coalesce(body->>'key_id', '-'), ' ' ORDER BY audit_id) FROM cs.audit"),
      "2026-a -");
}

TEST_F(Accept, takes_an_empty_batch) { EXPECT_TRUE(batch({}).empty()); }

TEST_F(Accept, goes_on_while_partitions_come_and_keys_go) {
  accept(incoming("before"));
  tx([](Tx& t) { upkeep(t); });
  tx([](Tx& t) { upkeep(t); });
  const auto after = accept(incoming("after"));
  EXPECT_EQ(stored(after.event).delivery_id, "after");
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.event"), "2");
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.event_default"), "0");
  test_.script("UPDATE cs.delivery_key SET expires_at = clock_timestamp()");
  tx([](Tx& t) { upkeep(t); });
  EXPECT_EQ(accept(incoming("before")).verdict, Acceptance::fresh);
}

}  // namespace
}  // namespace countersign::store
