// Standing approvals and break-glass. Models: docs/models/standing.pml, break_glass.pml.
#include "tests/engine/house.h"

#include "bot/store/approvals.h"
#include "bot/store/standings.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class Standing : public House {
 protected:
  Standing() {
    action("ops.rotate", Tier::mutating);
    add(rule("disk", "ops.rotate"));
    publish();
    configure([](config::Settings& s) { s.roles["managers"] = {"managers", {"mm:carol"}, {}}; });
  }
  void says(const std::string& who, const std::string& text) {
    command(who, text);
    settle();
  }
  core::RunId grant(const std::string& words) {
    says("alice", "!standing disk " + words);
    const core::RunId id{std::stoll("0" + database.value("SELECT max(run_id) FROM cs.run"))};
    vote(id, "bob");
    settle();
    return id;
  }
  core::Run fired(const std::string& host) {
    alert(host, "delivery " + std::to_string(++deliveries_));
    settle();
    return run({std::stoll("0" + database.value("SELECT max(run_id) FROM cs.run"))});
  }
  std::string in_force() {
    return database.value(
        "SELECT used || ' of ' || times || ' ' || state FROM cs.standing_approval");
  }

 private:
  int deliveries_ = 0;
};

TEST_F(Standing, lets_runs_of_its_rule_start_so_often_and_no_more_I5) {
  EXPECT_EQ(run(grant("targets=web-* until=4h times=2")).state, RunState::succeeded);
  EXPECT_TRUE(heard("S1 is in force"));
  EXPECT_EQ(fired("web-1").state, RunState::succeeded);
  EXPECT_EQ(fired("web-2").state, RunState::succeeded);
  EXPECT_EQ(in_force(), "2 of 2 granted");
  EXPECT_EQ(fired("web-3").state, RunState::awaiting_approval);
  EXPECT_EQ(runner.effects(), 2);
  says("alice", "!why R2");
  EXPECT_TRUE(heard("It starts by standing approval S1"));
  EXPECT_TRUE(heard("given by @bob"));
}

TEST_F(Standing, is_for_its_hosts_only) {
  grant("targets=web-1,db-* until=4h times=5");
  EXPECT_EQ(fired("web-2").state, RunState::awaiting_approval);
  EXPECT_EQ(fired("db-7").state, RunState::succeeded);
}

TEST_F(Standing, needs_the_quorum_of_what_it_lets_happen) {
  action("ops.failover", Tier::high_impact);
  auto outage = rule("outage", "ops.failover");
  outage.criteria.front().pattern = "Outage";
  add(outage);
  publish();
  says("alice", "!standing outage targets=* until=4h times=1");
  const auto asked = only_run();
  EXPECT_EQ(asked.tier, Tier::high_impact);
  EXPECT_EQ(vote(asked.id, "alice").verdict, core::VoteVerdict::requester);
  vote(asked.id, "bob");
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  vote(asked.id, "carol");
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Standing, ends_by_the_clock_of_the_database) {
  grant("targets=* until=4h times=5");
  database.script("UPDATE cs.standing_approval SET until = clock_timestamp()");
  EXPECT_EQ(fired("web-1").state, RunState::awaiting_approval);
}

TEST_F(Standing, that_ends_between_plan_and_start_leaves_the_question_to_people_I11) {
  grant("targets=* until=4h times=5");
  says("bob", "!halt");
  const auto waits = fired("web-1");
  EXPECT_EQ(waits.state, RunState::ready);
  says("bob", "!revoke S1 we know enough");
  EXPECT_TRUE(heard("bob has revoked S1: we know enough"));
  says("bob", "!resume");
  settle();
  const auto asks = run(waits.id);
  EXPECT_EQ(asks.state, RunState::awaiting_approval);
  EXPECT_FALSE(asks.standing);
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_EQ(in_force(), "0 of 5 revoked");
}

TEST_F(Standing, is_over_when_who_gave_it_may_no_longer_T35) {
  grant("targets=* until=4h times=5");
  configure([](config::Settings& s) {
    s.roles["sre"].members = {"mm:alice"};
    s.roles.erase("managers");
  });
  EXPECT_EQ(fired("web-1").state, RunState::awaiting_approval);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(Standing, does_not_cover_another_content_of_its_rule_T31) {
  grant("targets=* until=4h times=5");
  catalog.rules.front().content_hash = core::sha256_hex("edited");
  publish();
  EXPECT_EQ(fired("web-1").state, RunState::awaiting_approval);
}

TEST_F(Standing, is_used_up_one_start_at_a_time_I5) {
  grant("targets=* until=4h times=1");
  says("bob", "!halt");
  const auto first = fired("web-1"), second = fired("web-2");
  EXPECT_EQ(second.state, RunState::ready) << "looked at is not used";
  says("bob", "!resume");
  settle();
  EXPECT_EQ(runner.effects(), 1);
  EXPECT_EQ(in_force(), "1 of 1 granted");
  EXPECT_EQ(run(second.id).state, RunState::awaiting_approval);
}

TEST_F(Standing, given_by_breaking_the_glass_admits_nothing) {
  grant("targets=* until=4h times=5");
  database.script("UPDATE cs.approval SET broken_glass = true");
  EXPECT_EQ(fired("web-1").state, RunState::awaiting_approval);
}

TEST_F(Standing, whose_givers_cannot_be_looked_up_holds_the_run_T35) {
  configure([](config::Settings& s) { s.roles["sre"] = {"sre", {}, {"mm:#sre"}}; });
  chat.groups["#sre"] = {{"mm:alice", "alice"}, {"mm:bob", "bob"}};
  grant("targets=* until=4h times=5");
  chat.silent = true;
  EXPECT_EQ(fired("web-1").state, RunState::held);
}

TEST_F(Standing, is_not_granted_for_a_run_that_is_somebody_elses_by_now_I7) {
  const auto id = grant("targets=* until=4h times=5");
  database.script("DELETE FROM cs.standing_approval");
  core::RunRequest late;
  late.run = id.text();
  late.fence = run(id).fence;
  late.call = {{"with", run(id).plan->parameters}};
  EXPECT_EQ(Standings(deps).carry_out(late).klass, core::OutcomeClass::failed) << "it has ended";
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.standing_approval"), "0");
}

TEST_F(Standing, counts_another_try_of_a_start_once) {
  catalog.actions["ops.rotate"].retry = {.attempts = 3,
                                         .base = std::chrono::seconds(0),
                                         .cap = std::chrono::seconds(0),
                                         .on = {core::OutcomeClass::not_applied}};
  publish();
  grant("targets=* until=4h times=1");
  int tries = 0;
  runner.on_run = [&](const core::RunRequest&) -> core::Outcome {
    if (++tries < 3) return {core::OutcomeClass::not_applied, 0, "", false, "refused", {}};
    return {core::OutcomeClass::ok, 0, "did it", false, "", {}};
  };
  EXPECT_EQ(fired("web-1").state, RunState::succeeded);
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(in_force(), "1 of 1 granted");
}

TEST_F(Standing, shows_in_the_list_of_what_is_pending) {
  grant("targets=web-* until=4h times=3");
  says("carol", "!pending");
  EXPECT_TRUE(heard("used 0 of 3 times"));
}

TEST_F(Standing, refuses_what_it_cannot_mean) {
  says("alice", "!standing disk targets=* until=teatime times=5");
  EXPECT_TRUE(heard("until is a time of day in UTC"));
  says("alice", "!standing nothing targets=* until=4h times=5");
  EXPECT_TRUE(heard("there is no rule nothing"));
  says("alice", "!standing disk targets=* until=4h times=0");
  EXPECT_TRUE(heard("times"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.standing_approval"), "0");
}

TEST_F(Standing, is_void_after_a_loss_I18) {
  grant("targets=* until=4h times=5");
  database.script("UPDATE cs.epoch SET timeline = timeline - 1");
  keeper.run_once({});
  EXPECT_EQ(in_force(), "0 of 5 void");
}

TEST(Until, is_a_time_of_day_a_length_or_a_moment) {
  const auto now = *core::parse_instant("2026-11-21T17:00:00Z");
  const auto text = [&](const char* words) {
    const auto at = parse_until(words, now);
    return at ? core::format_instant(*at) : "nothing";
  };
  EXPECT_EQ(text("18:00"), "2026-11-21T18:00:00Z");
  EXPECT_EQ(text("17:00"), "2026-11-22T17:00:00Z") << "the next one";
  EXPECT_EQ(text("4h"), "2026-11-21T21:00:00Z");
  EXPECT_EQ(text("2026-12-01T00:00:00Z"), "2026-12-01T00:00:00Z");
  EXPECT_EQ(text("25:00"), "nothing");
  EXPECT_EQ(text(""), "nothing");
}

class BreakGlass : public House {
 protected:
  BreakGlass() {
    action("ops.failover", Tier::high_impact);
    publish();
    configure([](config::Settings& s) {
      s.roles["managers"] = {"managers", {"mm:carol"}, {}};
      s.break_glass = {{"sre"}, {{"mm", "#managers"}}};
    });
  }
  void says(const std::string& who, const std::string& text) {
    command(who, text);
    settle();
  }
};

TEST_F(BreakGlass, starts_with_one_person_and_a_reason_tells_and_leaves_a_review) {
  says("alice", "!remediate ops.failover host=db-1");
  says("alice", "!break-glass R1");
  EXPECT_TRUE(heard("Say why"));
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  says("alice", "!break-glass R1 the primary is on fire");
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(runner.effects(), 1);
  EXPECT_EQ(std::ranges::count(chat.sent, std::string("#managers"),
                               [](const core::Outgoing& out) { return out.place.channel; }),
            1);
  says("carol", "!pending");
  EXPECT_TRUE(heard("review of R1, started alone by"));
  says("alice", "!close B1 it was right");
  EXPECT_TRUE(heard("somebody else has to look at it"));
  says("carol", "!close B1 it was right");
  EXPECT_EQ(database.value("SELECT closed_name || ': ' || remark FROM cs.review"),
            "carol: it was right");
  says("bob", "!close B1 me too, really");
  EXPECT_TRUE(heard("B1 is closed already, by carol"));
  says("bob", "!why R1");
  EXPECT_TRUE(heard("approved by glass"));
  EXPECT_TRUE(heard("carol closed the review: it was right"));
}

TEST_F(BreakGlass, is_for_those_who_may_and_only_where_it_is_allowed) {
  says("alice", "!remediate ops.failover host=db-1");
  says("carol", "!break-glass R1 because I can");
  EXPECT_TRUE(heard("Only sre may break the glass"));
  configure([](config::Settings& s) { s.break_glass = {}; });
  says("alice", "!break-glass R1 the primary is on fire");
  EXPECT_TRUE(heard("The configuration does not allow to break the glass"));
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.review"), "0");
}

TEST_F(BreakGlass, grants_no_standing_approval_I5) {
  add(rule("outage", "ops.failover"));
  publish();
  says("alice", "!standing outage targets=* until=720h times=100");
  says("alice", "!break-glass R1 the primary is on fire");
  EXPECT_TRUE(heard("break the glass for each of them"));
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(BreakGlass, does_not_start_a_plan_that_was_made_after_it_was_typed_T37) {
  says("alice", "!remediate ops.failover host=db-1");
  Glass::Break order{
      only_run().id, {"mm:alice", "alice"}, "the primary is on fire", "act", "", "", {}};
  order.said_at = core::Instant();
  const auto electorate = Glass(deps).electorate();
  const auto done = deps.db.transact(
      "break", [&](store::Tx& tx) { return Glass(deps).start(tx, order, electorate); });
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("has changed since you wrote this"), std::string::npos);
}

TEST_F(BreakGlass, is_held_by_a_halt_as_well) {
  says("bob", "!halt");
  says("alice", "!remediate ops.failover host=db-1");
  says("alice", "!break-glass R1 the primary is on fire");
  EXPECT_EQ(only_run().state, RunState::ready);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(BreakGlass, does_not_reopen_what_is_decided_I10) {
  says("alice", "!remediate ops.failover host=db-1");
  vote(only_run().id, "bob", core::VoteChoice::deny);
  says("alice", "!break-glass R1 the primary is on fire");
  EXPECT_EQ(only_run().state, RunState::denied);
  EXPECT_TRUE(heard("there is no glass to break"));
}

TEST_F(BreakGlass, is_not_closed_by_the_other_account_of_who_broke_it) {
  configure([](config::Settings& s) {
    s.people = {{"ann", {"mm:alice", "mm:annie"}}};
    s.roles["sre"].members.push_back("mm:annie");
  });
  says("alice", "!remediate ops.failover host=db-1");
  says("alice", "!break-glass R1 the primary is on fire");
  says("annie", "!close B1 it was right");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.review WHERE closed_at IS NULL"), "1");
}

}  // namespace
}  // namespace countersign::engine
