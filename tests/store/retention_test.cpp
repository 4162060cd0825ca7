#include "bot/store/retention.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bot/store/audit.h"
#include "bot/store/dead_letters.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using samples::incoming;

class RetentionTest : public samples::StoreTest {
 protected:
  static constexpr Kept kKept{std::chrono::days(30), std::chrono::days(30), std::chrono::days(400)};

  // An event as if it had come so many days ago, decided or not.
  core::EventId event_of(int days_ago, const std::string& name, bool decided = true) {
    const auto id = accept(incoming(name)).event;
    tx([&](Tx& t) {
      if (!decided) return;
      add_decision(t, {.event = id, .rule = "-", .verdict = "no_match"});
      finish_event(t, id, 0);
    });
    const std::string days = std::to_string(days_ago);
    test_.script("SELECT cs.ensure_partitions(current_date - " + days + ", 1)");
    for (const char* table : {"event", "decision", "event_queue"}) {
      test_.script(std::string("UPDATE cs.") + table +
                   " SET received_at = received_at - interval '" + days +
                   " days' WHERE event_id = " + id.text());
    }
    return id;
  }
  // All that was written so far, as if it had been recorded so many days ago, and sealed then.
  void seal_days_ago(int days) {
    const std::string n = std::to_string(days);
    test_.script("SELECT cs.ensure_partitions(current_date - " + n + ", 1)");
    test_.script("UPDATE cs.audit SET at = at - interval '" + n +
                 " days' WHERE at > clock_timestamp() - interval '1 h'");
    tx([](Tx& t) { seal_audit(t); });
  }
  std::vector<Day> all_days(const Kept& kept = kKept) {
    return tx([&](Tx& t) { return days(t, kept); });
  }
  int drop_all(const Kept& kept = kKept) {
    int dropped = 0;
    for (const Day& day : all_days(kept)) {
      if (!day.goes()) continue;
      tx([&](Tx& t) { drop_day(t, day); });
      ++dropped;
    }
    return dropped;
  }
  std::string why_kept() {
    for (const Day& day : all_days()) {
      if (day.parent == "event" && day.old) return day.kept_because;
    }
    return "no old day";
  }
  std::string count(const std::string& table) {
    return test_.value("SELECT count(*) FROM cs." + table);
  }
  std::vector<std::string> problems() {
    std::vector<std::string> found;
    for (const auto& p : tx([](Tx& t) { return verify_audit(t); })) found.push_back(p.what);
    return found;
  }
};

TEST_F(RetentionTest, drops_the_days_that_are_old_enough_and_no_others) {
  event_of(40, "old");
  event_of(20, "young");
  accept(incoming("new"));
  EXPECT_GT(drop_all(), 0);
  EXPECT_EQ(count("event"), "2");
  EXPECT_EQ(test_.value("SELECT string_agg(delivery_id, ' ' ORDER BY event_id) FROM cs.event"),
            "young new");
}

TEST_F(RetentionTest, drops_decisions_only_after_their_events) {
  event_of(40, "old");
  const auto before = all_days();
  const auto decisions =
      std::ranges::find_if(before, [](const Day& d) { return d.parent == "decision" && d.old; });
  ASSERT_NE(decisions, before.end());
  EXPECT_EQ(decisions->kept_because, "its events are still there");
  drop_all();
  drop_all();
  EXPECT_EQ(count("decision"), "0");
}

// I2
TEST_F(RetentionTest, keeps_a_day_with_an_undecided_event) {
  event_of(40, "waiting", false);
  EXPECT_EQ(why_kept(), "an event of it is not decided");
  EXPECT_EQ(drop_all(), 0);
}

TEST_F(RetentionTest, keeps_a_day_with_a_run_that_is_not_over) {
  create(samples::run("run", event_of(40, "asked")));
  EXPECT_EQ(why_kept(), "a run of it is not over");
  test_.script("UPDATE cs.run SET state = 'cancelled'");
  EXPECT_EQ(why_kept(), "");
}

TEST_F(RetentionTest, keeps_a_day_with_a_dead_letter_that_waits) {
  const auto event = event_of(40, "poison");
  tx([&](Tx& t) {
    add_dead_letter(t, {.kind = "event", .ref = "event:" + event.text(), .reason = "poison"});
  });
  EXPECT_EQ(why_kept(), "a dead letter of it waits for somebody");
  tx([](Tx& t) {
    DeadLetter letter = dead_letters(t, 1).at(0);
    letter.resolved_as = "discarded";
    letter.resolved_by = "mm:alice";
    letter.resolved_name = "Alice";
    letter.resolved_why = "seen";
    resolve_dead_letter(t, letter);
  });
  EXPECT_EQ(why_kept(), "");
}

TEST_F(RetentionTest, gives_rows_without_a_partition_one_so_that_they_age) {
  accept(incoming("lost"));
  test_.script("UPDATE cs.event SET received_at = received_at - interval '50 days'");
  EXPECT_EQ(count("event_default"), "1");
  tx([](Tx& t) { make_old_partitions(t); });
  EXPECT_EQ(count("event_default"), "0");
  EXPECT_EQ(count("event"), "1");
}

// I17
TEST_F(RetentionTest, leaves_a_record_that_can_still_be_verified) {
  event_of(450, "a");
  seal_days_ago(450);
  event_of(430, "b");
  seal_days_ago(430);
  accept(incoming("c"));
  tx([](Tx& t) { seal_audit(t); });
  EXPECT_TRUE(problems().empty());
  EXPECT_GT(drop_all(), 0);
  EXPECT_TRUE(problems().empty());
  tx([](Tx& t) { seal_audit(t); });
  EXPECT_TRUE(problems().empty());
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.audit WHERE kind = 'event.accepted'"), "1");
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.audit WHERE kind = 'audit.dropped'"), "2");
}

// I17: what was tampered with stays, as evidence.
TEST_F(RetentionTest, does_not_drop_a_record_that_was_changed) {
  event_of(450, "a");
  seal_days_ago(450);
  test_.script("UPDATE cs.audit SET actor = 'mallory'");
  EXPECT_THROW(drop_all(), StoreError);
  EXPECT_EQ(problems(), std::vector<std::string>{"rows were changed"});
}

// I17: rows that a later seal covers too stay until that seal goes.
TEST_F(RetentionTest, keeps_what_a_later_seal_covers) {
  event_of(450, "early");
  test_.script("SELECT cs.ensure_partitions(current_date - 450, 1)");
  test_.script("UPDATE cs.audit SET at = at - interval '450 days'");
  accept(incoming("late"));
  tx([](Tx& t) { seal_audit(t); });  // one seal over both days
  drop_all();
  EXPECT_TRUE(problems().empty());
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.audit WHERE kind = 'event.accepted'"), "2");
}

// I17
TEST_F(RetentionTest, shows_a_forged_beginning_of_the_record) {
  event_of(450, "a");
  seal_days_ago(450);
  accept(incoming("b"));
  tx([](Tx& t) { seal_audit(t); });
  drop_all();
  tx([](Tx& t) { seal_audit(t); });
  test_.script("UPDATE cs.audit_anchor SET seal = sha256('x')");
  EXPECT_FALSE(problems().empty());
}

TEST_F(RetentionTest, gives_up_soon_when_somebody_reads_the_day) {
  event_of(40, "old");
  const auto due = all_days();
  tx([&](Tx& reader) {
    reader.script("SELECT count(*) FROM cs.event");
    const auto day = std::ranges::find_if(due, [](const Day& d) { return d.goes(); });
    ASSERT_NE(day, due.end());
    try {
      tx([&](Tx& t) { drop_day(t, *day); });
      FAIL() << "dropped under a reader";
    } catch (const StoreError& e) {
      EXPECT_EQ(e.kind(), ErrorKind::unavailable);
    }
  });
  EXPECT_EQ(count("event"), "1");
}

TEST_F(RetentionTest, does_not_mind_that_another_replica_was_first) {
  event_of(40, "old");
  const auto due = all_days();
  drop_all();
  for (const Day& day : due) {
    if (!day.goes()) continue;
    EXPECT_NO_THROW(tx([&](Tx& t) { drop_day(t, day); }));
  }
}

// I3: a redelivery is known as long as its key is, though the event is gone.
TEST_F(RetentionTest, still_knows_a_redelivery_of_a_dropped_event) {
  const auto event = event_of(40, "old");
  drop_all();
  const auto again = accept(incoming("old"));
  EXPECT_EQ(again.verdict, core::Acceptance::redelivery);
  EXPECT_EQ(again.event, event);
}

}  // namespace
}  // namespace countersign::store
