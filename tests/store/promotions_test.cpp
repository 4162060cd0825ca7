#include "bot/store/promotions.h"

#include <gtest/gtest.h>

#include <random>

#include "bot/core/repeats.h"
#include "bot/store/series.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using namespace std::chrono_literals;

class Promotions : public samples::StoreTest {
 protected:
  core::ApprovalId approved() {
    return tx([&](Tx& t) {
      const auto run = create_run(t, samples::run("run " + std::to_string(++runs_))).first;
      return create_approval(t, samples::approval(run));
    });
  }
  bool promote(const core::ApprovalId approval, const std::string& hash) {
    return tx([&](Tx& t) {
      return store::promote(t, {0, approval, "ops.disk", hash, {}}, {"mm:alice", "alice"});
    });
  }
  bool live(const std::string& hash) {
    return tx([&](Tx& t) { return is_promoted(t, "ops.disk", hash); });
  }

 private:
  int runs_ = 0;
};

TEST_F(Promotions, are_for_one_content_and_the_next_ends_the_one_before) {
  EXPECT_FALSE(live("a"));
  EXPECT_TRUE(promote(approved(), "a"));
  EXPECT_TRUE(live("a"));
  EXPECT_FALSE(live("b"));
  EXPECT_TRUE(promote(approved(), "b"));
  EXPECT_FALSE(live("a"));
  EXPECT_TRUE(live("b"));
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.promotion WHERE ended_at IS NULL"), "1");
}

TEST_F(Promotions, use_an_approval_once_however_often_they_are_tried) {
  const auto approval = approved();
  EXPECT_TRUE(promote(approval, "a"));
  EXPECT_FALSE(promote(approval, "a"));
  EXPECT_TRUE(live("a")) << "the second try ended nothing";
}

TEST_F(Promotions, end_at_once_and_say_by_whom) {
  promote(approved(), "a");
  const auto ended = tx(
      [&](Tx& t) { return end_promotion(t, "ops.disk", {"mm:bob", "bob"}, "it was wrong"); });
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->rule_hash, "a");
  EXPECT_FALSE(live("a"));
  EXPECT_EQ(test_.value("SELECT ended_name || ': ' || ended_why FROM cs.promotion"),
            "bob: it was wrong");
}

TEST_F(Promotions, trials_begin_once) {
  tx([&](Tx& t) { begin_trials(t, {"ops.a", "ops.b"}); });
  const auto since = tx([&](Tx& t) { return trial_since(t, "ops.a"); });
  ASSERT_TRUE(since);
  tx([&](Tx& t) { begin_trials(t, {"ops.a"}); });
  EXPECT_EQ(tx([&](Tx& t) { return trial_since(t, "ops.a"); }), since);
  EXPECT_FALSE(tx([&](Tx& t) { return trial_since(t, "ops.c"); }));
}

TEST_F(Promotions, a_dry_report_is_sent_once_a_day) {
  EXPECT_TRUE(tx([&](Tx& t) { return begin_dry_report(t, "2026-11-22"); }));
  EXPECT_FALSE(tx([&](Tx& t) { return begin_dry_report(t, "2026-11-22"); }));
  EXPECT_TRUE(tx([&](Tx& t) { return begin_dry_report(t, "2026-11-23"); }));
}

// What a backtest keeps in memory has to say what the record would have said.
TEST_F(Promotions, episodes_and_windows_in_memory_agree_with_those_of_the_database) {
  std::mt19937 dice(7);
  const auto roll = [&](int n) { return static_cast<int>(dice() % static_cast<unsigned>(n)); };
  core::Instant at = *core::parse_instant("2026-11-20T10:00:00Z");
  core::Episodes episodes;
  core::Windows windows;
  constexpr std::array kModes{core::DedupMode::leading, core::DedupMode::sliding,
                              core::DedupMode::tumbling};
  for (int i = 1; i <= 300; ++i) {
    at += std::chrono::seconds(roll(200));
    core::Event event;
    event.id = {i};
    event.source = "alerts";
    event.series = "s" + std::to_string(roll(4));
    event.status = roll(3) == 0 ? "resolved" : "firing";
    event.received_at = at;
    event.body = Json::object();
    if (roll(2) == 0) event.body["startsAt"] = core::format_instant(at - roll(20) * 30s);
    const auto there = tx([&](Tx& t) { return observe_series(t, event, 1'000); });
    const auto here = episodes.observe(event, core::alert_start(event));
    EXPECT_EQ(core::name(here.turn), core::name(there.turn)) << "event " << i;
    EXPECT_EQ(here.number, there.number) << "event " << i;
    EXPECT_EQ(here.changes, there.changes) << "event " << i;
    const auto mode = kModes.at(static_cast<std::size_t>(roll(3)));
    const core::Dedup dedup{"", 5min, mode, mode == core::DedupMode::sliding ? 20min : 0min};
    const std::string rule = "ops." + std::string(core::name(mode));
    const bool passed =
        tx([&](Tx& t) { return meet_window(t, rule, event.series, dedup, event, 1'000).passed; });
    EXPECT_EQ(windows.passes(rule, event.series, dedup, at), passed) << "event " << i;
  }
}

}  // namespace
}  // namespace countersign::store
