#include "bot/store/series.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using namespace std::chrono_literals;
using core::DedupMode;
using core::Turn;

constexpr std::int64_t kPlenty = 1'000;
const core::Instant kTen = *core::parse_instant("2026-11-22T10:00:00Z");

class Windows : public samples::StoreTest {
 protected:
  static core::Event event_at(core::Duration after_ten, std::int64_t id) {
    core::Event event;
    event.id = {id};
    event.source = "alerts";
    event.received_at = kTen + after_ten;
    return event;
  }
  WindowHit hit(DedupMode mode, core::Duration after_ten, std::int64_t id,
                core::Duration cap = {}) {
    const core::Dedup dedup{"", 10min, mode, cap};
    return tx([&](Tx& t) {
      return meet_window(t, "ops.a", "web-3", dedup, event_at(after_ten, id), kPlenty);
    });
  }
};

TEST_F(Windows, leading_pass_once_and_again_at_the_end_of_their_length_exactly) {
  const auto first = hit(DedupMode::leading, 0min, 11);
  EXPECT_TRUE(first.passed);
  EXPECT_EQ(first.place, 1);
  EXPECT_EQ(first.open_until, kTen + 10min);
  const auto second = hit(DedupMode::leading, 6min, 12);
  EXPECT_FALSE(second.passed);
  EXPECT_EQ(second.number, first.number);
  EXPECT_EQ(second.opened_by, core::EventId{11});
  EXPECT_EQ(second.place, 2);
  EXPECT_FALSE(hit(DedupMode::leading, 10min - 1us, 13).passed);
  const auto fourth = hit(DedupMode::leading, 10min, 14);
  EXPECT_TRUE(fourth.passed);
  EXPECT_EQ(fourth.number, first.number + 1);
  EXPECT_EQ(fourth.place, 1);
  EXPECT_EQ(hit(DedupMode::leading, 11min, 15).opened_by, core::EventId{14});
}

TEST_F(Windows, count_what_they_suppress) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(hit(DedupMode::leading, i * 1min, 11 + i).place, i + 1);
  EXPECT_EQ(test_.value("SELECT suppressed FROM cs.dedup_window"), "3");
}

TEST_F(Windows, sliding_wait_for_silence_but_not_for_ever) {
  EXPECT_TRUE(hit(DedupMode::sliding, 0min, 11).passed);
  EXPECT_FALSE(hit(DedupMode::sliding, 6min, 12).passed);
  const auto third = hit(DedupMode::sliding, 12min, 13);
  EXPECT_FALSE(third.passed) << "the second hit extended it";
  EXPECT_EQ(third.open_until, kTen + 22min);
  EXPECT_TRUE(hit(DedupMode::sliding, 22min, 14).passed);
  for (int i = 1; i < 48; ++i)
    EXPECT_FALSE(hit(DedupMode::sliding, 22min + i * 5min, 14 + i).passed);
  const auto capped = hit(DedupMode::sliding, 22min + 240min, 99);
  EXPECT_TRUE(capped.passed) << "a storm cannot silence it for longer than 24 windows";
  EXPECT_EQ(capped.place, 1);
}

TEST_F(Windows, sliding_pass_after_the_cap_that_the_rule_names) {
  EXPECT_TRUE(hit(DedupMode::sliding, 0min, 11, 20min).passed);
  EXPECT_FALSE(hit(DedupMode::sliding, 9min, 12, 20min).passed);
  EXPECT_FALSE(hit(DedupMode::sliding, 18min, 13, 20min).passed);
  EXPECT_TRUE(hit(DedupMode::sliding, 20min, 14, 20min).passed);
}

TEST_F(Windows, tumbling_pass_once_in_each_fixed_bucket) {
  EXPECT_TRUE(hit(DedupMode::tumbling, 9min, 11).passed);
  EXPECT_FALSE(hit(DedupMode::tumbling, 10min - 1us, 12).passed);
  const auto astride = hit(DedupMode::tumbling, 10min, 13);
  EXPECT_TRUE(astride.passed) << "two that stand astride a boundary both pass";
  EXPECT_EQ(astride.open_until, kTen + 20min);
}

TEST_F(Windows, go_by_the_time_of_receipt_however_late_an_event_is_decided_T20) {
  EXPECT_TRUE(hit(DedupMode::leading, 0min, 11).passed);
  EXPECT_TRUE(hit(DedupMode::leading, 30min, 13).passed);
  const auto earlier = hit(DedupMode::leading, 5min, 12);
  EXPECT_FALSE(earlier.passed) << "the window has moved on";
  EXPECT_EQ(earlier.opened_by, core::EventId{13});
}

TEST_F(Windows, give_the_same_number_again_when_the_decision_was_lost_I4) {
  std::int64_t lost = 0;
  const core::Dedup dedup{"", 10min, DedupMode::leading};
  EXPECT_THROW(tx([&](Tx& t) {
                 lost = meet_window(t, "ops.a", "web-3", dedup, event_at(0min, 11), kPlenty).number;
                 throw std::runtime_error("the process is gone");
               }),
               std::exception);
  const auto again = hit(DedupMode::leading, 0min, 11);
  EXPECT_TRUE(again.passed);
  EXPECT_EQ(again.number, lost);
}

TEST_F(Windows, that_were_trimmed_never_give_a_number_again_I4) {
  const auto first = hit(DedupMode::leading, 0min, 11);
  hit(DedupMode::leading, 10min, 12);
  test_.script("UPDATE cs.dedup_window SET open_until = clock_timestamp() - interval '23 hours'");
  EXPECT_EQ(tx([&](Tx& t) { return trim_windows(t, 100); }), 0) << "events may still wait";
  test_.script("UPDATE cs.dedup_window SET open_until = clock_timestamp() - interval '25 hours'");
  EXPECT_EQ(tx([&](Tx& t) { return trim_windows(t, 100); }), 1);
  EXPECT_GT(hit(DedupMode::leading, 30h, 20).number, first.number + 1);
}

TEST_F(Windows, are_separate_for_each_rule_and_key) {
  const core::Dedup dedup{"", 10min, DedupMode::leading};
  tx([&](Tx& t) {
    const auto passes = [&](const char* rule, const char* key, std::int64_t id) {
      return meet_window(t, rule, key, dedup, event_at(0min, id), kPlenty).passed;
    };
    EXPECT_TRUE(passes("ops.a", "web-3", 1));
    EXPECT_TRUE(passes("ops.b", "web-3", 1));
    EXPECT_TRUE(passes("ops.a", "web-4", 1));
    EXPECT_FALSE(passes("ops.a", "web-4", 2));
  });
}

TEST_F(Windows, let_one_of_many_at_once_pass) {
  std::vector<std::future<bool>> racers;
  for (int i = 1; i <= 10; ++i) {
    racers.push_back(
        std::async(std::launch::async, [&, i] { return hit(DedupMode::leading, 0min, i).passed; }));
  }
  int passed = 0;
  for (auto& racer : racers) passed += racer.get();
  EXPECT_EQ(passed, 1);
}

class Series : public samples::StoreTest {
 protected:
  core::Episode observe(const std::string& status, const std::string& starts_at = "",
                        const std::string& series = "fp-1", const std::string& source = "alerts",
                        std::int64_t limit = kPlenty) {
    core::Event event;
    event.id = {++last_};
    event.source = source;
    event.series = series;
    event.status = status;
    event.received_at = kTen + last_ * 1s;
    if (!starts_at.empty()) event.body = {{"startsAt", starts_at}};
    return tx([&](Tx& t) { return observe_series(t, event, limit); });
  }
  Turn turn(const std::string& status, const std::string& starts_at = "") {
    return observe(status, starts_at).turn;
  }
  std::int64_t last_ = 10;
};

TEST_F(Series, begins_an_episode_with_each_firing_after_a_resolve) {
  EXPECT_EQ(turn("resolved"), Turn::unknown);
  const auto first = observe("firing");
  EXPECT_EQ(first.turn, Turn::began);
  EXPECT_EQ(first.began_by, core::EventId{12});
  const auto repeat = observe("firing");
  EXPECT_EQ(repeat.turn, Turn::repeat);
  EXPECT_EQ(repeat.number, first.number);
  EXPECT_EQ(repeat.began_by, core::EventId{12});
  EXPECT_EQ(turn("resolved"), Turn::ended);
  EXPECT_EQ(turn("resolved"), Turn::repeat);
  const auto second = observe("firing");
  EXPECT_EQ(second.turn, Turn::began);
  EXPECT_EQ(second.number, first.number + 1);
  EXPECT_EQ(turn("unheard of"), Turn::none);
}

TEST_F(Series, is_not_changed_by_what_comes_too_late) {
  EXPECT_EQ(turn("firing", "2026-01-01T10:00:00Z"), Turn::began);
  EXPECT_EQ(turn("resolved", "2026-01-01T09:00:00Z"), Turn::late);
  EXPECT_EQ(turn("resolved", "2026-01-01T10:00:00Z"), Turn::ended);
  EXPECT_EQ(turn("firing", "2026-01-01T09:00:00Z"), Turn::late);
  EXPECT_EQ(turn("firing", "2026-01-01T11:00:00Z"), Turn::began);
}

TEST_F(Series,
       begins_an_episode_where_the_sender_names_a_later_beginning_and_the_resolve_was_lost) {
  EXPECT_EQ(turn("firing", "2026-01-01T10:00:00Z"), Turn::began);
  EXPECT_EQ(turn("firing", "2026-01-01T10:00:00Z"), Turn::repeat);
  EXPECT_EQ(turn("firing", "2026-01-01T12:00:00Z"), Turn::began);
}

TEST_F(Series, does_not_believe_a_beginning_in_the_future_T20) {
  EXPECT_EQ(turn("firing", "9999-01-01T00:00:00Z"), Turn::began);
  EXPECT_EQ(turn("resolved", "2026-11-22T09:59:00Z"), Turn::ended) << "it would never end";
  EXPECT_EQ(turn("firing", "1970-01-01T00:00:00Z"), Turn::began);
  EXPECT_EQ(turn("resolved", "2026-11-22T09:59:00Z"), Turn::ended);
}

TEST_F(Series, remembers_its_latest_changes_by_receipt_and_no_more_than_a_rule_may_ask_for) {
  core::Episode latest;
  for (int i = 0; i < 50; ++i) latest = observe(i % 2 ? "resolved" : "firing");
  ASSERT_EQ(latest.changes.size(), 32u);
  EXPECT_EQ(latest.changes.front(), kTen + last_ * 1s);
  EXPECT_EQ(latest.changes.back(), kTen + (last_ - 31) * 1s);
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.alert_series"), "1");
}

TEST_F(Series, that_was_trimmed_never_gives_a_number_again_I4) {
  const auto first = observe("firing");
  EXPECT_EQ(tx([](Tx& t) { return trim_series(t, 24h, 10); }), 0);
  test_.script("UPDATE cs.alert_series SET seen_at = seen_at - interval '25 hours'");
  EXPECT_EQ(tx([](Tx& t) { return trim_series(t, 24h, 10); }), 1);
  const auto again = observe("firing");
  EXPECT_EQ(again.turn, Turn::began);
  EXPECT_GT(again.number, first.number);
}

TEST_F(Series, that_is_spoken_of_is_not_trimmed) {
  observe("firing");
  test_.script("UPDATE cs.alert_series SET seen_at = seen_at - interval '25 hours'");
  observe("firing");
  EXPECT_EQ(tx([](Tx& t) { return trim_series(t, 24h, 10); }), 0);
}

class NewKeys : public Series {
 protected:
  Turn fresh(const std::string& series, const std::string& source = "alerts") {
    const auto episode = observe("firing", "", series, source, 3);
    counted_ = episode.new_keys;
    return episode.turn;
  }
  std::int64_t counted_ = 0;
};

TEST_F(NewKeys, of_a_source_are_limited_in_a_minute_and_only_new_ones_count_T21) {
  for (const char* series : {"a", "b", "c"}) EXPECT_EQ(fresh(series), Turn::began);
  EXPECT_EQ(fresh("d"), Turn::refused);
  EXPECT_EQ(counted_, 4) << "the first that is too many, which is told";
  EXPECT_EQ(fresh("e"), Turn::refused);
  EXPECT_EQ(counted_, 0);
  EXPECT_EQ(fresh("a"), Turn::repeat) << "what is known goes on";
  EXPECT_EQ(fresh("a", "others"), Turn::began) << "and so do other sources";
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.alert_series"), "4");
  EXPECT_EQ(test_.value("SELECT keys FROM cs.key_rate WHERE source = 'alerts'"), "4");
}

TEST_F(NewKeys, of_a_flood_leave_no_more_rows_than_the_limit_T21) {
  test_.script(
      "SELECT s.turn FROM generate_series(1, 20000) AS n, "
      "cs.observe_series('alerts', 'flood ' || n, 'firing', NULL, '2026-11-22T10:00:10Z', n, 500) "
      "AS s");
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.alert_series"), "500");
  EXPECT_EQ(test_.value("SELECT keys FROM cs.key_rate"), "501");
  EXPECT_EQ(fresh("a", "others"), Turn::began);
}

TEST_F(NewKeys, are_counted_anew_in_the_next_minute_T21) {
  for (const char* series : {"a", "b", "c", "d"}) fresh(series);
  test_.script("UPDATE cs.key_rate SET minute = minute - interval '1 minute'");
  EXPECT_EQ(fresh("e"), Turn::began);
  EXPECT_EQ(counted_, 1);
}

TEST_F(NewKeys, of_windows_count_as_well_T21) {
  const core::Dedup dedup{"", 10min, DedupMode::leading};
  const auto meet = [&](const char* key) {
    core::Event event;
    event.id = {++last_};
    event.source = "alerts";
    event.received_at = kTen;
    return tx([&](Tx& t) { return meet_window(t, "ops.a", key, dedup, event, 2); });
  };
  EXPECT_TRUE(meet("a").passed);
  EXPECT_TRUE(meet("b").passed);
  const auto third = meet("c");
  EXPECT_TRUE(third.refused);
  EXPECT_FALSE(third.passed);
  EXPECT_EQ(third.new_keys, 3);
  EXPECT_FALSE(meet("a").refused);
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.dedup_window"), "2");
}

}  // namespace
}  // namespace countersign::store
