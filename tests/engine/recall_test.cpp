// The database loses its last moments, and the journal of the replica that acted does not: nothing
// runs twice, and people are told (I12, I18, T55).
#include "tests/engine/house.h"

#include "bot/core/message.h"
#include "bot/store/dead_letters.h"
#include "bot/store/invariants.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class Forgotten : public House {
 protected:
  void with_action(Tier tier = Tier::mutating, bool idempotent = false) {
    action("ops.rotate", tier, idempotent);
    publish();
  }
  core::Run asked(const std::string& host = "web-3") {
    command("alice", "!remediate ops.rotate host=" + host);
    settle();
    return run({std::stoll(database.value("SELECT max(run_id) FROM cs.run"))});
  }
  // The rows as they are now, to be brought back.
  void remember() {
    database.script(
        "CREATE TABLE IF NOT EXISTS public.was_run AS TABLE cs.run WITH NO DATA;"
        "CREATE TABLE IF NOT EXISTS public.was_approval AS TABLE cs.approval WITH NO DATA;"
        "TRUNCATE public.was_run, public.was_approval;"
        "INSERT INTO public.was_run TABLE cs.run; INSERT INTO public.was_approval TABLE "
        "cs.approval");
  }
  // As a standby that did not hear of anything since, or a backup from then.
  void forget() {
    database.script(
        "SET session_replication_role = replica;"
        "DELETE FROM cs.attempt; DELETE FROM cs.vote; DELETE FROM cs.busy_target;"
        "UPDATE cs.run r SET state = w.state, fence = w.fence, attempt = w.attempt, starts = "
        "w.starts, granted = w.granted, outcome = w.outcome, lease_owner = w.lease_owner, "
        "lease_until = w.lease_until, first_started_at = w.first_started_at FROM public.was_run w "
        "WHERE "
        "w.run_id = r.run_id;"
        "UPDATE cs.approval a SET state = w.state, approvers = w.approvers, usable_until = "
        "w.usable_until FROM public.was_approval w WHERE w.approval_id = a.approval_id;"
        "SET session_replication_role = origin");
  }
  void forget_everything_about(core::RunId id) {
    database.script(
        "SET session_replication_role = replica; DELETE FROM cs.attempt; DELETE FROM cs.vote; "
        "DELETE FROM cs.busy_target; DELETE FROM cs.approval WHERE run_id = " +
        id.text() + "; DELETE FROM cs.run WHERE run_id = " + id.text() +
        "; SET session_replication_role = origin");
  }
  void bring_back() {
    for (const std::string table : {"run", "approval"})
      database.script(
          "SET session_replication_role = replica; DO $$ BEGIN EXECUTE (SELECT format('INSERT INTO "
          "cs." +
          table + " (%1$s) OVERRIDING SYSTEM VALUE SELECT %1$s FROM public.was_" + table +
          "', string_agg(quote_ident(attname), ',')) FROM pg_attribute WHERE attrelid = 'cs." +
          table +
          "'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''); END $$; "
          "SET session_replication_role = origin");
  }
  void fail_over() {
    database.script("UPDATE cs.epoch SET timeline = timeline - 1");
    again();
  }
  // This replica starts anew, with its journal.
  void again() {
    look();
    settle();
  }
  void look() { Keeper(deps).begin("test"); }
  void everything_holds() {
    const auto report = store::check_invariants(deps.db);
    EXPECT_EQ(report.stopped, "");
    for (const auto& check : report.checks) {
      EXPECT_EQ(check.violations, 0)
          << check.name << ": " << (check.examples.empty() ? "" : check.examples.front());
    }
  }
};

TEST_F(Forgotten, starts_are_written_down_before_the_act_and_only_mutating_ones) {
  with_action();
  const auto id = asked().id;
  runner.on_run = [&](const core::RunRequest& r) -> core::Outcome {
    EXPECT_TRUE(r.dry || journal.written.size() == 1u);
    return {core::OutcomeClass::ok, 0, "", false, "", {}};
  };
  vote(id, "alice");
  settle();
  ASSERT_EQ(journal.written.size(), 1u);
  const auto& record = journal.written.front();
  EXPECT_EQ(record.run, id);
  EXPECT_EQ(record.key, run(id).key);
  EXPECT_EQ(record.targets, std::vector<std::string>{"web-3"});
  EXPECT_EQ(record.nonce, database.value("SELECT nonce FROM cs.attempt WHERE phase = 'intent'"));
  EXPECT_EQ(record.at, run(id).first_started_at);
  action("ops.look", Tier::read_only);
  publish();
  command("alice", "!remediate ops.look host=web-3");
  settle();
  EXPECT_EQ(journal.written.size(), 1u);
}

TEST_F(Forgotten, starts_that_cannot_be_written_down_do_not_happen) {
  with_action();
  const auto id = asked().id;
  catalog.actions["ops.rotate"].retry.attempts = 1;
  publish();
  journal.full = true;
  vote(id, "alice");
  settle();
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_NE(run(id).outcome.value("error", "").find("the disk is full"), std::string::npos);
  EXPECT_EQ(run(id).outcome.value("class", ""), "not_applied");
}

TEST_F(Forgotten, starts_are_asked_about_after_a_failover_and_never_repeated_I18) {
  with_action();
  const auto id = asked().id;
  remember();
  vote(id, "alice");
  settle();
  EXPECT_EQ(runner.effects(), 1);
  forget();
  fail_over();
  const auto now = run(id);
  EXPECT_EQ(now.state, RunState::unknown);
  EXPECT_EQ(now.first_started_at, journal.written.front().at);
  EXPECT_EQ(heard("What happened to R1?"), 1);
  EXPECT_EQ(heard("has written down that it did so at " +
                  core::format_instant(journal.written.front().at)),
            1);
  EXPECT_EQ(heard("0 runs are held, 0 that were executing are unknown and 1 approval is void"), 1);
  EXPECT_EQ(heard("It has forgotten that I started 1 run, which is not repeated"), 1);
  EXPECT_EQ(runner.effects(), 1);
  vote(id, "alice");
  again();
  EXPECT_EQ(runner.effects(), 1);
  EXPECT_EQ(heard("What happened to R1?"), 1) << "told once";
  everything_holds();
  EXPECT_EQ(voting.settle(id, now.fence, Settlement::happened, {"mm:bob", "bob"}), "");
  everything_holds();
}

// A snapshot of the disk is brought back: the timeline is the old one, and nothing but the journal
// can tell.
TEST_F(Forgotten, starts_are_noticed_without_a_new_timeline_and_hold_what_is_open_I18) {
  with_action();
  const auto id = asked().id;
  const auto other = asked("web-4").id;
  vote(id, "alice");
  executor.run_once({});
  vote(other, "alice");
  database.script(
      "UPDATE cs.run SET state = 'claimed', lease_owner = 'gone', lease_until = "
      "clock_timestamp() + interval '1 h' WHERE run_id = " +
      other.text());
  EXPECT_EQ(runner.effects(), 1);
  database.script(
      "SET session_replication_role = replica; DELETE FROM cs.attempt; DELETE FROM cs.busy_target; "
      "UPDATE cs.run SET state = 'ready', starts = 0, attempt = 0 WHERE run_id = " +
      id.text() + "; UPDATE cs.approval SET state = 'approved' WHERE run_id = " + id.text() +
      "; SET session_replication_role = origin");
  again();
  EXPECT_EQ(run(id).state, RunState::unknown);
  EXPECT_EQ(run(other).state, RunState::held) << "what else was lost, nobody knows";
  EXPECT_EQ(heard("1 run is held, 0 that were executing are unknown and 2 approvals are void"), 1);
  again();
  EXPECT_EQ(heard("approvals are void"), 1);
  everything_holds();
}

TEST_F(Forgotten, starts_are_found_by_the_start_itself_should_nobody_have_looked_before) {
  with_action();
  const auto id = asked().id;
  vote(id, "alice");
  remember();
  settle();
  EXPECT_EQ(runner.effects(), 1);
  forget();
  settle();
  EXPECT_EQ(run(id).state, RunState::unknown);
  EXPECT_EQ(runner.effects(), 1);
  everything_holds();
}

TEST_F(Forgotten, starts_of_which_the_outcome_comes_late_are_settled_by_it) {
  with_action();
  const auto id = asked().id;
  remember();
  vote(id, "alice");
  runner.on_run = [&](const core::RunRequest& r) -> core::Outcome {
    if (!r.dry) {
      forget();
      database.script("UPDATE cs.epoch SET timeline = timeline - 1");
      look();
      EXPECT_EQ(run(id).state, RunState::unknown);
    }
    return {core::OutcomeClass::ok, 0, "did it", false, "", {}};
  };
  settle();
  EXPECT_EQ(run(id).state, RunState::succeeded);
  everything_holds();
}

TEST_F(Forgotten, starts_keep_their_targets_from_others_I14) {
  with_action();
  const auto id = asked().id;
  remember();
  vote(id, "alice");
  settle();
  forget();
  database.script(
      "UPDATE public.was_run SET plan = NULL; SET session_replication_role = replica; UPDATE "
      "cs.run SET "
      "state = 'planned', plan = NULL, plan_hash = NULL, approval_id = NULL, target_key = NULL; "
      "SET session_replication_role = origin");
  fail_over();
  EXPECT_EQ(run(id).state, RunState::unknown);
  const auto second = asked().id;
  vote(second, "bob");
  settle();
  EXPECT_EQ(run(second).state, RunState::ready);
  EXPECT_EQ(runner.effects(), 1);
  everything_holds();
}

TEST_F(Forgotten, starts_on_one_target_are_not_both_unknown_and_none_goes_on_I14) {
  with_action();
  const auto first = asked().id;
  const auto second = asked().id;
  remember();
  for (const auto id : {first, second}) {
    vote(id, "alice");
    settle();
  }
  EXPECT_EQ(runner.effects(), 2);
  forget();
  fail_over();
  EXPECT_EQ(run(first).state, RunState::unknown);
  EXPECT_EQ(run(second).state, RunState::held);
  EXPECT_EQ(heard("R2 is held, and so is its target by another run"), 1);
  settle();
  EXPECT_EQ(runner.effects(), 2);
  everything_holds();
}

TEST_F(Forgotten, starts_that_may_be_repeated_go_on_under_their_key_as_old_as_it_is_I13) {
  with_action(Tier::mutating, true);
  const auto id = asked().id;
  remember();
  vote(id, "alice");
  settle();
  forget();
  fail_over();
  EXPECT_EQ(run(id).state, RunState::held) << "as any open run, until a person looks";
  EXPECT_EQ(run(id).first_started_at, journal.written.front().at);
  EXPECT_EQ(heard("What happened to R1?"), 0);
  everything_holds();
}

TEST_F(Forgotten, runs_are_shown_to_people_with_what_was_done_when_and_to_what) {
  with_action();
  const auto id = asked().id;
  vote(id, "alice");
  settle();
  forget_everything_about(id);
  fail_over();
  const auto when = core::format_instant(journal.written.front().at);
  EXPECT_EQ(heard("R1 ops.rotate on web-3 was started at " + when), 1);
  const auto letters =
      deps.db.transact("letters", [](store::Tx& tx) { return store::dead_letters(tx, 10); });
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters.front().reason, "R1 ops.rotate on web-3 was started at " + when +
                                        "; the database does not know the run");
  again();
  EXPECT_EQ(heard("was started at"), 1);
  command("alice", "!retry D1");
  settle();
  EXPECT_EQ(heard("That is a start that the database has forgotten"), 1);
  command("alice", "!discard D1");
  settle();
  EXPECT_EQ(heard("D1 is put away"), 1);
}

// Their event was delivered again: the run is the same one (I4), and it has been started.
TEST_F(Forgotten, runs_that_come_back_under_their_key_do_not_start_again_by_themselves_I5) {
  with_action();
  const auto id = asked().id;
  vote(id, "alice");
  remember();
  settle();
  forget_everything_about(id);
  fail_over();
  EXPECT_EQ(heard("was started at"), 1);
  bring_back();
  EXPECT_EQ(run(id).state, RunState::ready);
  settle();
  EXPECT_EQ(run(id).state, RunState::unknown);
  EXPECT_EQ(runner.effects(), 1);
  EXPECT_EQ(database.value("SELECT verdict FROM cs.recalled"), "unknown");
}

TEST_F(Forgotten, starts_of_runs_that_ended_otherwise_are_shown_too) {
  with_action();
  const auto id = asked().id;
  remember();
  vote(id, "alice");
  settle();
  forget();
  vote(id, "bob", core::VoteChoice::deny);
  fail_over();
  EXPECT_EQ(run(id).state, RunState::denied);
  EXPECT_EQ(database.value("SELECT reason FROM cs.dead_letter"),
            "R1 ops.rotate on web-3 was started at " +
                core::format_instant(journal.written.front().at) +
                "; the database says it is denied");
}

TEST_F(Forgotten, starts_by_one_person_alone_have_their_review_again) {
  with_action();
  configure([](config::Settings& s) { s.break_glass = {{"sre"}, {{"mm", "#managers"}}}; });
  const auto id = asked().id;
  remember();
  command("bob", "!break-glass R1 the disk is full");
  settle();
  ASSERT_EQ(runner.effects(), 1);
  ASSERT_EQ(journal.written.size(), 1u);
  EXPECT_EQ(journal.written.front().alone, (core::Person{"mm:bob", "bob"}));
  forget();
  database.script("DELETE FROM cs.review; UPDATE cs.approval SET broken_glass = false");
  fail_over();
  EXPECT_EQ(run(id).state, RunState::unknown);
  EXPECT_EQ(database.value("SELECT name || ': ' || why FROM cs.review WHERE closed_at IS NULL"),
            "bob: the database has forgotten the reason");
}

TEST_F(Forgotten, is_nothing_while_the_database_remembers) {
  with_action();
  vote(asked().id, "alice");
  settle();
  again();
  fail_over();
  EXPECT_EQ(heard("failed over"), 0);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.recalled"), "0");
}

}  // namespace
}  // namespace countersign::engine
