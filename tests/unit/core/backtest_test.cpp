// What rules would have done with the events of former days.
#include "bot/core/backtest.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

using namespace std::chrono_literals;

const Instant kTen = *parse_instant("2026-11-10T10:00:00Z");
constexpr Duration kWeek = 7 * 24h;

class BacktestTest : public testing::Test {
 protected:
  BacktestTest() {
    rule_.pack = "ops";
    rule_.name = "disk";
    rule_.action = "ops.rotate";
    action_.ref = "ops.rotate";
    action_.tier = Tier::mutating;
  }
  // One event of an alert that the rule matches, so long after the beginning.
  PastEvent matched(Duration after, const std::string& series = "",
                    const std::string& status = "firing") {
    PastEvent past;
    past.event.id = {++events_};
    past.event.source = "alerts";
    past.event.series = series;
    past.event.status = status;
    past.event.received_at = kTen + after;
    past.fits = {{0, {{"host", "web-1"}}, {"web-1"}, "web-1", ""}};
    return past;
  }
  RuleReport report_of(const std::vector<PastEvent>& events) {
    Backtest test({{&rule_, &action_}}, kTen, kTen + kWeek);
    for (const PastEvent& past : events) test.meet(past);
    whole_ = std::move(test).report();
    return whole_.rules.front();
  }

  Rule rule_;
  Action action_;
  BacktestReport whole_;

 private:
  std::int64_t events_ = 0;
};

TEST_F(BacktestTest, a_match_would_run_and_is_listed_with_its_day) {
  const auto rule = report_of({matched(1h), matched(25h), matched(26h)});
  EXPECT_EQ(rule.matched, 3);
  EXPECT_EQ(rule.of(Fate::run), 3);
  EXPECT_EQ(rule.per_day, (std::vector<std::int64_t>{1, 2, 0, 0, 0, 0, 0}));
  ASSERT_EQ(rule.happenings.size(), 3U);
  EXPECT_EQ(rule.happenings[0].event, EventId{1});
  EXPECT_EQ(rule.happenings[0].targets, std::vector<std::string>{"web-1"});
}

TEST_F(BacktestTest, what_falls_into_an_open_window_is_counted_and_does_not_run) {
  rule_.dedup = Dedup{"", 30min, DedupMode::leading};
  const auto rule = report_of({matched(0min), matched(10min), matched(30min)});
  EXPECT_EQ(rule.of(Fate::run), 2);
  EXPECT_EQ(rule.of(Fate::again), 1);
}

TEST_F(BacktestTest, an_alert_makes_one_run_in_each_episode) {
  const auto rule = report_of({matched(0min, "disk"), matched(1min, "disk"),
                               matched(2min, "disk", "resolved"), matched(3h, "disk")});
  EXPECT_EQ(rule.of(Fate::run), 3) << "firing, resolved, and firing anew";
  EXPECT_EQ(rule.of(Fate::again), 1);
}

TEST_F(BacktestTest, a_resolve_of_what_was_not_known_to_fire_is_inert) {
  EXPECT_EQ(report_of({matched(0min, "disk", "resolved")}).of(Fate::inert), 1);
}

TEST_F(BacktestTest, an_alert_that_flaps_would_be_held) {
  std::vector<PastEvent> events;
  for (int i = 0; i < 6; ++i)
    events.push_back(matched(i * 1min, "disk", i % 2 == 0 ? "firing" : "resolved"));
  const auto rule = report_of(events);
  EXPECT_EQ(rule.of(Fate::run), 4);
  EXPECT_EQ(rule.of(Fate::held), 2);
  action_.tier = Tier::read_only;
  EXPECT_EQ(report_of(events).of(Fate::held), 0) << "what only looks goes on";
}

TEST_F(BacktestTest, rate_limits_of_rule_and_action_count_what_would_have_run) {
  rule_.rate_limit = RateLimit{2, 10min};
  const auto rule = report_of({matched(0min), matched(1min), matched(2min), matched(5min)});
  EXPECT_EQ(rule.of(Fate::run), 3) << "a token is back after five minutes";
  EXPECT_EQ(rule.of(Fate::limited), 1);
  rule_.rate_limit.reset();
  action_.rate_limit = RateLimit{1, 1h};
  EXPECT_EQ(report_of({matched(0min), matched(1min)}).of(Fate::limited), 1);
  action_.rate_limit.reset();
  action_.target_limit = RateLimit{1, 1h};
  EXPECT_EQ(report_of({matched(0min), matched(1min)}).of(Fate::limited), 1);
}

TEST_F(BacktestTest, a_match_without_parameters_is_an_error_and_is_listed) {
  auto past = matched(0min);
  past.fits[0].error = "host is undefined";
  const auto rule = report_of({past});
  EXPECT_EQ(rule.of(Fate::error), 1);
  EXPECT_EQ(rule.happenings.at(0).error, "host is undefined");
}

TEST_F(BacktestTest, what_differs_from_the_rules_in_force_then_is_told_both_ways) {
  auto both = matched(0min);
  both.then = {{"ops.disk", "run_created"}};
  auto gone = matched(1min);
  gone.fits.clear();
  gone.then = {{"ops.disk", "dry_run"}, {"ops.old", "run_created"}};
  const auto rule = report_of({both, gone, matched(2min)});
  EXPECT_EQ(rule.only_then, std::vector<EventId>{EventId{2}});
  EXPECT_EQ(rule.only_now, std::vector<EventId>{EventId{3}});
  EXPECT_EQ(whole_.gone, (std::map<std::string, std::int64_t>{{"ops.old", 1}}));
  EXPECT_EQ(whole_.events, 3);
}

TEST_F(BacktestTest, a_flood_is_counted_to_the_end_and_listed_in_part) {
  std::vector<PastEvent> events;
  for (int i = 0; i < 300; ++i) events.push_back(matched(i * 1min));
  const auto rule = report_of(events);
  EXPECT_EQ(rule.of(Fate::run), 300);
  EXPECT_EQ(rule.happenings.size(), Backtest::kListed);
}

TEST_F(BacktestTest, the_report_is_readable_by_programs) {
  rule_.content_hash = "abc";
  report_of({matched(1h)});
  const Json json = whole_;
  EXPECT_EQ(json["rules"][0]["fates"]["run"], 1);
  EXPECT_EQ(json["rules"][0]["happenings"][0]["event"], "E1");
  EXPECT_EQ(json["from"], "2026-11-10T10:00:00Z");
}

}  // namespace
}  // namespace countersign::core
