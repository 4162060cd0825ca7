// A database in the middle of its work holds every invariant; each kind of damage to it is found
// and named.
#include "bot/store/invariants.h"

#include <gtest/gtest.h>

#include <cctype>

#include "tests/store/busy_database.h"

namespace countersign::store {
namespace {

using Invariants = samples::BusyDatabase;

std::string violated(const InvariantReport& report) {
  std::string names;
  for (const auto& check : report.checks) {
    if (check.violations > 0) names += (names.empty() ? "" : " ") + check.name;
  }
  return names;
}

TEST_F(Invariants, hold_in_a_database_that_is_at_work) {
  const auto report = check_invariants(db_);
  EXPECT_EQ(report.stopped, "");
  EXPECT_TRUE(report.hold());
  std::string names;
  for (const auto& check : report.checks) {
    names += check.name + " ";
    EXPECT_FALSE(check.promise.empty());
    EXPECT_EQ(check.examples, std::vector<std::string>{}) << check.name;
  }
  EXPECT_EQ(names, "I2 I4 I5 I8 I10 I14 I17 ");
}

TEST_F(Invariants, hold_in_a_database_that_nothing_has_happened_in) {
  support::TestDatabase empty;
  const auto report = check_invariants(empty.db());
  EXPECT_EQ(report.stopped + violated(report), "");
}

// Whoever may only read can ask, so nothing is written.
TEST_F(Invariants, are_checked_without_writing) {
  test_.script(
      "DROP ROLE IF EXISTS onlooker; CREATE ROLE onlooker; GRANT USAGE ON SCHEMA cs TO onlooker; "
      "GRANT SELECT ON ALL TABLES IN SCHEMA cs TO onlooker");
  Database onlooker({.url = test_.url() + "&options=-c%20role%3Donlooker", .pool = 1});
  EXPECT_THROW(onlooker.script("UPDATE cs.run SET starts = 0"), StoreError);
  const auto report = check_invariants(onlooker);
  EXPECT_EQ(report.stopped + violated(report), "");
  EXPECT_EQ(report.checks.size(), 7u);
  test_.script("DROP OWNED BY onlooker; DROP ROLE onlooker");
}

TEST_F(Invariants, that_cannot_be_checked_are_no_good_news) {
  test_.script("DROP TABLE cs.vote");
  const auto report = check_invariants(db_);
  EXPECT_EQ(report.checks.size(), 3u) << "those before it have their answers";
  EXPECT_NE(report.stopped.find("invariant_i8"), std::string::npos) << report.stopped;
}

TEST_F(Invariants, are_given_up_after_their_time) {
  tx([&](Tx& t) {
    t.script("LOCK TABLE cs.attempt");
    const auto report = check_invariants(db_, std::chrono::milliseconds(100));
    EXPECT_EQ(report.checks.size(), 2u);
    EXPECT_NE(report.stopped.find("invariant_i5"), std::string::npos) << report.stopped;
  });
}

TEST_F(Invariants, count_all_violations_and_show_five) {
  test_.script("DELETE FROM cs.decision");
  const auto report = check_invariants(db_);
  EXPECT_EQ(std::to_string(report.checks[0].violations),
            test_.value("SELECT count(*) - 2 FROM cs.event"));
  EXPECT_GT(report.checks[0].violations, 5);
  EXPECT_EQ(report.checks[0].examples.size(), 5u);
}

// SQL, and what is then said first. $name stands for a run's id, @name for an event's.
struct Damage {
  const char* name;
  const char* done;
  const char* violated;
  const char* example;
};
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

class Damaged : public Invariants, public testing::WithParamInterface<Damage> {
 protected:
  std::string with_ids(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const char mark = text[at++];
      if (mark != '$' && mark != '@') {
        out += mark;
        continue;
      }
      std::string name;
      while (at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])))
        name += text[at++];
      out += test_.value(mark == '$'
                             ? "SELECT run_id FROM cs.run WHERE target_key = 'host:" + name + "'"
                             : "SELECT event_id FROM cs.event WHERE delivery_id = '" + name + "'");
    }
    return out;
  }
};

TEST_P(Damaged, is_found_and_named) {
  const auto& [name, done, broken, expected] = GetParam();
  const std::string example = with_ids(expected);
  test_.script("SET session_replication_role = replica; " + with_ids(done) +
               "; SET session_replication_role = origin");
  const auto report = check_invariants(db_);
  EXPECT_EQ(report.stopped, "");
  EXPECT_FALSE(report.hold());
  EXPECT_EQ(violated(report), broken);
  for (const auto& check : report.checks) {
    if (check.name != broken) continue;
    EXPECT_EQ(check.violations, 1);
    EXPECT_EQ(check.examples, std::vector{example});
  }
}

const Damage kDamages[] = {
    {"a_decision_that_is_gone", "DELETE FROM cs.decision WHERE run_id = $succeeded", "I2",
     "E@succeeded is neither queued nor decided nor a dead letter"},
    {"a_queue_that_lost_an_event", "DELETE FROM cs.event_queue", "I2",
     "E@queued is neither queued nor decided nor a dead letter"},
    {"a_letter_that_was_retried_into_nothing",
     "UPDATE cs.dead_letter SET resolved_at = now(), resolved_as = 'retried'", "I2",
     "E@dead is neither queued nor decided nor a dead letter"},
    {"an_event_that_will_be_decided_again",
     "INSERT INTO cs.event_queue (event_id, received_at, next_at) SELECT event_id, received_at, "
     "now() FROM cs.event WHERE event_id = @succeeded",
     "I2", "E@succeeded is queued, but decided already"},
    {"an_event_that_is_gone", "DELETE FROM cs.event WHERE event_id = @queued", "I2",
     "E@queued is queued, but the event itself is gone"},

    {"a_run_key_that_made_two_runs",
     "ALTER TABLE cs.run DROP CONSTRAINT run_run_key_key; UPDATE cs.run SET run_key = (SELECT "
     "run_key FROM cs.run WHERE run_id = $ready) WHERE run_id = $succeeded",
     "I4", "R$ready and R$succeeded have one run key"},
    {"a_window_that_made_two_runs",
     "UPDATE cs.decision SET detail = '{\"window\": {\"key\": \"ready\", \"number\": 1}}' WHERE "
     "run_id = $succeeded",
     "I4", "R$ready and R$succeeded were made in one window of ops.restart"},

    {"a_start_too_many",
     "ALTER TABLE cs.run DROP CONSTRAINT run_starts_granted; UPDATE cs.run SET starts = 2 WHERE "
     "run_id = $succeeded",
     "I5", "R$succeeded started 2 times, granted 1 times"},
    {"a_grant_that_nobody_gave", "UPDATE cs.run SET granted = 2 WHERE run_id = $succeeded", "I5",
     "R$succeeded counts 2 grants, people gave 1"},
    {"an_intent_that_nobody_counted",
     "INSERT INTO cs.attempt (run_id, attempt, fence, phase, nonce, replica) VALUES ($unknown, 2, "
     "2, 'intent', 'n', 'r1')",
     "I5", "R$unknown began 2 times on 1 used approvals"},

    {"one_person_twice",
     "UPDATE cs.approval SET approvers = '{mm:alice,mm:alice}' WHERE run_id = $ready", "I8",
     "R$ready plan 1 was approved by 1 of the 2 people it needs"},
    {"an_approver_who_did_not_vote",
     "DELETE FROM cs.vote v USING cs.approval a WHERE a.approval_id = v.approval_id AND a.run_id = "
     "$succeeded AND voter = 'mm:bob'",
     "I8", "R$succeeded plan 1 was approved by 1 of the 2 people it needs"},
    {"a_vote_for_another_plan",
     "UPDATE cs.vote v SET plan_hash = sha256('another') FROM cs.approval a WHERE a.approval_id = "
     "v.approval_id AND a.run_id = $executing AND voter = 'mm:bob'",
     "I8", "R$executing plan 1 was approved by 1 of the 2 people it needs"},
    {"a_requester_who_approved",
     "UPDATE cs.approval SET requester = 'mm:alice' WHERE run_id = $unknown", "I8",
     "R$unknown plan 1 was approved by who asked for it"},
    {"an_editor_who_approved",
     "UPDATE cs.approval SET editors = '{mm:dave,mm:bob}' WHERE run_id = $ready", "I8",
     "R$ready plan 1 was approved by who asked for it"},
    {"a_plan_that_was_exchanged",
     "UPDATE cs.run SET plan_hash = sha256('another') WHERE run_id = $executing", "I8",
     "R$executing plan 1 started without an approval of it"},
    {"a_start_without_a_question", "UPDATE cs.run SET approval_id = NULL WHERE run_id = $succeeded",
     "I8", "R$succeeded plan 1 started without an approval of it"},
    {"a_failure_that_nobody_approved",
     "UPDATE cs.run SET plan_hash = sha256('another') WHERE run_id = $failed", "I8",
     "R$failed plan 1 started without an approval of it"},

    {"a_run_that_does_not_wait", "UPDATE cs.run SET state = 'ready' WHERE run_id = $waiting", "I10",
     "R$waiting is ready, its approval pending"},
    {"a_run_that_was_denied_and_goes_on",
     "UPDATE cs.run SET state = 'ready' WHERE run_id = $denied", "I10",
     "R$denied is ready, its approval denied"},
    {"a_denial_by_nobody", "UPDATE cs.vote SET choice = 'approve' WHERE choice = 'deny'", "I10",
     "R$denied plan 1 is denied with 0 votes against it"},
    {"a_denial_that_did_not_count",
     "INSERT INTO cs.vote (approval_id, voter, voter_name, choice, act_id, via, counted, why, "
     "reason) SELECT approval_id, 'mm:dave', 'dave', 'deny', 'late', 'button', true, '', '' FROM "
     "cs.run WHERE run_id = $succeeded",
     "I10", "R$succeeded plan 1 is consumed with 1 votes against it"},
    {"two_open_questions",
     "DROP INDEX cs.approval_one_open; UPDATE cs.approval SET state = 'pending' WHERE run_id = "
     "$edited AND plan_no = 1",
     "I10", "R$edited has another plan, and the approval of plan 1 is still pending"},
    {"an_answer_without_a_question", "UPDATE cs.run SET approval_id = NULL WHERE run_id = $expired",
     "I10", "R$expired is expired, and nobody was asked"},

    {"two_runs_on_one_target",
     "UPDATE cs.run SET (plan, target_key) = (SELECT plan, target_key FROM cs.run WHERE run_id = "
     "$executing) WHERE run_id = $unknown; DELETE FROM cs.busy_target WHERE run_id = $unknown",
     "I14", "R$executing, R$unknown are at work on host:executing"},
    {"two_runs_that_share_a_target",
     "UPDATE cs.run SET plan = '{\"targets\": [\"host:repeated\", \"host:executing\"]}' WHERE "
     "run_id = $repeated",
     "I14", "R$executing, R$repeated are at work on host:executing"},
    {"a_target_that_nobody_keeps", "DELETE FROM cs.busy_target WHERE run_id = $unknown", "I14",
     "R$unknown is at work on host:unknown, which is not kept from others"},
    {"a_target_that_is_kept_for_nothing",
     "INSERT INTO cs.busy_target VALUES ('host:ready', $ready)", "I14",
     "R$ready keeps others from host:ready and is not at work on it"},

    {"a_record_that_was_changed",
     "UPDATE cs.audit SET actor = 'mallory' WHERE ref = 'event:@succeeded'", "I17",
     "seal 1: rows were changed"},
    {"a_record_with_a_hole", "DELETE FROM cs.audit WHERE ref = 'event:@succeeded'", "I17",
     "seal 1: rows were removed or added"},
    {"a_record_with_an_addition",
     "INSERT INTO cs.audit (xid, actor, kind, ref) SELECT min(xid::text)::xid8, 'x', 'x', 'x' FROM "
     "cs.audit",
     "I17", "seal 1: rows were removed or added"},
};
INSTANTIATE_TEST_SUITE_P(, Damaged, testing::ValuesIn(kDamages),
                         [](const auto& damage) { return damage.param.name; });

}  // namespace
}  // namespace countersign::store
