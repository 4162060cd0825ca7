// Rules become live for their content, after a backtest that people saw; and what rules say of
// events, then and today.
#include "bot/engine/promotions.h"

#include "bot/engine/backtester.h"
#include "bot/engine/dry_reports.h"
#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using namespace std::chrono_literals;
using core::RunState;

class Promotion : public House {
 protected:
  Promotion() {
    action("ops.rotate", core::Tier::mutating);
    add(rule("disk", "ops.rotate"));
    publish();
    configure([](config::Settings& s) {
      s.promotion_required = true;
      s.min_dry_run = 1s;
    });
    begin_trials("2 days");
  }
  void begin_trials(const std::string& ago) {
    deps.db.transact("trials",
                     [&](store::Tx& tx) { Promotions::begin_trials(tx, *current.get()); });
    database.script("UPDATE cs.rule_trial SET since = clock_timestamp() - interval '" + ago + "'");
  }
  void says(const std::string& who, const std::string& text) {
    command(who, text);
    settle();
  }
  core::Run last_run() {
    return run({std::stoll("0" + database.value("SELECT max(run_id) FROM cs.run"))});
  }
  core::EventId fires(const std::string& host) {
    const auto event = alert(host, "delivery " + std::to_string(++deliveries_));
    settle();
    return event;
  }
  void promote() {
    says("alice", "!promote disk");
    const auto asked = last_run();
    ASSERT_EQ(asked.action, "countersign.promote_rule");
    vote(asked.id, "bob");
    settle();
    ASSERT_EQ(run(asked.id).state, RunState::succeeded);
  }
  std::string verdict(core::EventId event) {
    return database.value("SELECT verdict FROM cs.decision WHERE event_id = " + event.text());
  }

 private:
  int deliveries_ = 0;
};

TEST_F(Promotion, a_rule_that_wants_to_be_live_is_a_dry_run_until_then) {
  const auto event = fires("web-1");
  EXPECT_EQ(verdict(event), "dry_run");
  EXPECT_TRUE(last_run().simulated);
  says("alice", "!why " + event.text().insert(0, "E"));
  EXPECT_TRUE(heard("this content is not promoted"));
}

TEST_F(Promotion, shows_its_backtest_asks_whom_its_runs_would_ask_and_makes_it_live) {
  fires("web-1");
  says("alice", "!promote disk");
  const auto asked = last_run();
  EXPECT_EQ(asked.state, RunState::awaiting_approval);
  ASSERT_TRUE(asked.plan);
  EXPECT_NE(asked.plan->dry_run_output.find("matches 1 of 1 events"), std::string::npos)
      << asked.plan->dry_run_output;
  EXPECT_NE(asked.plan->dry_run_output.find("would run once"), std::string::npos);
  EXPECT_EQ(vote(asked.id, "carol").verdict, core::VoteVerdict::not_eligible);
  vote(asked.id, "bob");
  settle();
  EXPECT_EQ(run(asked.id).state, RunState::succeeded);
  EXPECT_EQ(verdict(fires("web-2")), "run_created");
  EXPECT_FALSE(last_run().simulated);
}

TEST_F(Promotion, is_for_one_content_an_edited_rule_is_dry_again) {
  promote();
  EXPECT_EQ(verdict(fires("web-1")), "run_created");
  catalog.rules.front().content_hash = core::sha256_hex("edited");
  publish();
  EXPECT_EQ(verdict(fires("web-2")), "dry_run");
}

TEST_F(Promotion, of_a_rule_edited_while_it_was_asked_about_is_asked_anew) {
  says("alice", "!promote disk");
  const auto asked = last_run();
  catalog.rules.front().content_hash = core::sha256_hex("edited");
  publish();
  vote(asked.id, "bob");
  settle();
  EXPECT_EQ(run(asked.id).state, RunState::awaiting_approval) << "the votes are void";
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.promotion"), "0");
}

TEST_F(Promotion, waits_until_the_rule_has_been_a_dry_run_for_long_enough) {
  configure([](config::Settings& s) { s.min_dry_run = 14 * 24h; });
  says("alice", "!promote disk");
  EXPECT_TRUE(heard("has to be a dry run for 2w first"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "0");
  begin_trials("15 days");
  promote();
}

TEST_F(Promotion, is_refused_for_what_is_to_stay_a_dry_run_what_is_live_and_what_does_not_exist) {
  catalog.rules.front().promotable = false;
  catalog.rules.front().mode = core::RuleMode::dry_run;
  publish();
  says("alice", "!promote disk");
  EXPECT_TRUE(heard("is to stay a dry run"));
  says("alice", "!promote dusk");
  EXPECT_TRUE(heard("There is no rule dusk. Did you mean disk?"));
  catalog.rules.front().promotable = true;
  publish();
  promote();
  says("alice", "!promote disk");
  EXPECT_TRUE(heard("is live already"));
}

TEST_F(Promotion, makes_a_rule_live_whose_file_says_nothing) {
  catalog.rules.front().mode = core::RuleMode::dry_run;
  publish();
  configure([](config::Settings& s) { s.promotion_required = false; });
  EXPECT_EQ(verdict(fires("web-1")), "dry_run");
  promote();
  EXPECT_EQ(verdict(fires("web-2")), "run_created");
}

TEST_F(Promotion, ends_by_a_word_of_anybody_who_holds_a_role) {
  promote();
  says("carol", "!demote disk");
  EXPECT_TRUE(heard("Only somebody who holds a role"));
  says("bob", "!demote disk it restarts too much");
  EXPECT_TRUE(heard("bob has made ops.disk a dry run again: it restarts too much"));
  EXPECT_EQ(verdict(fires("web-1")), "dry_run");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.audit WHERE kind = 'rule.demoted'"), "1");
}

TEST_F(Promotion, cannot_be_forced_by_one_person_alone) {
  configure([](config::Settings& s) { s.break_glass.roles = {"sre"}; });
  says("alice", "!promote disk");
  says("alice", "!break-glass R1 it is an emergency");
  EXPECT_TRUE(heard("break the glass for each of them"));
  EXPECT_EQ(last_run().state, RunState::awaiting_approval);
}

TEST_F(Promotion, a_rule_list_says_which_are_live) {
  says("alice", "!rules");
  EXPECT_TRUE(heard("ops.disk · dry run until promoted · prometheus.alert"));
  promote();
  says("alice", "!rules disk");
  EXPECT_TRUE(heard("ops.disk · live"));
}

TEST_F(Promotion, a_backtest_says_what_would_have_run_and_what_is_new) {
  fires("web-1");
  fires("web-2");
  auto other = rule("other", "ops.rotate");
  add(other);
  publish();
  const auto until = deps.db.transact("now", [](store::Tx& tx) { return tx.now(); });
  for (const unsigned workers : {1u, 3u}) {
    const auto report =
        backtest(deps.db, *current.get(), {until - 1h, until, {}, workers, {}, {}});
    ASSERT_TRUE(report);
    ASSERT_EQ(report->rules.size(), 2U);
    EXPECT_EQ(report->events, 2);
    EXPECT_EQ(report->rules[0].of(core::Fate::run), 2);
    EXPECT_EQ(report->rules[0].only_now_count, 0);
    EXPECT_EQ(report->rules[1].only_now_count, 2);
    EXPECT_EQ(report->rules[0].happenings[0].targets, std::vector<std::string>{"web-1"});
  }
  says("alice", "!backtest disk 1h");
  EXPECT_TRUE(heard("ops.disk: would run twice"));
  says("alice", "!backtest nothing");
  EXPECT_TRUE(heard("There is no rule nothing"));
}

TEST_F(Promotion, a_past_event_is_put_to_todays_rules_and_nothing_runs) {
  const auto event = fires("web-1");
  const auto runs = database.value("SELECT count(*) FROM cs.run");
  auto far = rule("far", "ops.rotate");
  far.criteria = {{"trigger.labels.alertname", "equals", "Other"},
                  {"trigger.labels.severity", "equals", "warning"}};
  add(far);
  publish();
  says("alice", "!replay E" + event.text());
  EXPECT_TRUE(heard("Rule ops.disk matches"));
  EXPECT_TRUE(heard("Rule ops.far does not match: 1 of 2 criteria hold"));
  EXPECT_TRUE(heard("is not promoted: it only shows what it would do; !promote ops.disk asks for it to act"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), runs);
}

TEST_F(Promotion, why_not_tells_what_was_decided_then_and_what_is_true_today) {
  auto strict = rule("strict", "ops.rotate");
  strict.criteria = {{"trigger.labels.severity", "equals", "critical"}};
  add(strict);
  publish();
  const auto event = fires("web-1");
  says("alice", "!why-not strict E" + event.text());
  EXPECT_TRUE(heard("Decided"));
  EXPECT_TRUE(heard(
      R"(trigger.labels.severity equals "critical", but the event says "warning")"));
  EXPECT_TRUE(heard("Today, with the same content:"));
  says("alice", "!why-not strikt E" + event.text());
  EXPECT_TRUE(heard("Did you mean strict?"));
}

TEST_F(Promotion, dry_runs_are_reported_once_a_day_where_their_plans_go) {
  fires("web-1");
  database.script("UPDATE cs.decision SET received_at = received_at - interval '24 hours'");
  database.script("DELETE FROM cs.dry_report");
  DryReports(deps).send();
  DryReports(deps).send();
  settle();
  EXPECT_EQ(heard("What dry runs would have done in the last 24 hours"), 1);
  EXPECT_EQ(heard("ops.disk would have run 1 time on web-1; !promote ops.disk"), 1);
}

}  // namespace
}  // namespace countersign::engine
