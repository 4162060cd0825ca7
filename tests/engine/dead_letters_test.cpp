// What could not be done, and what people make of it.
#include "bot/engine/dead_letters.h"

#include "bot/engine/dead_letter_words.h"
#include "bot/engine/overview.h"
#include "bot/engine/refs.h"
#include "tests/engine/house.h"
#include "tests/engine/stories.h"
#include "tests/support/golden.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class DeadLettersOfTheHouse : public House {
 protected:
  DeadLettersOfTheHouse() {
    action("ops.rotate", Tier::mutating);
    add(rule("disk", "ops.rotate"));
    publish();
  }
  std::string answer(const std::string& who, const std::string& text) {
    command(who, text);
    settle();
    return said().back();
  }
  std::string last_words_with(const std::string& part) const {
    const auto all = said();
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const std::string& text) {
      return text.find(part) != std::string::npos;
    });
    return found == all.rend() ? "" : *found;
  }
  // An alert that no rule can be asked about while the database is broken.
  core::EventId dead_event() {
    const auto event = alert("web-3", "d1");
    database.script("ALTER TABLE cs.run ADD CONSTRAINT broken CHECK (rule <> 'ops.disk')");
    for (int i = 0; i < Decider::kTries; ++i) {
      decider.run_once({});
      database.script("UPDATE cs.event_queue SET next_at = clock_timestamp()");
    }
    settle();
    return event;
  }
  // An approved run whose every try is refused by what it works on.
  void dead_run() {
    alert("web-3", "d1");
    settle();
    vote(only_run().id, "alice");
    runner.on_run = [](const core::RunRequest& r) -> core::Outcome {
      return {r.dry ? core::OutcomeClass::ok : core::OutcomeClass::not_applied,
              0,
              "",
              false,
              r.dry ? "" : "connection refused",
              {}};
    };
    settle();
    runner.on_run = nullptr;
  }
  std::string audit_of(const std::string& kind) {
    return database.value(
        "SELECT string_agg(actor || ' ' || ref, ',') FROM cs.audit WHERE kind = '" + kind + "'");
  }
};

TEST_F(DeadLettersOfTheHouse, are_listed_with_what_died_of_what) {
  EXPECT_NE(answer("carol", "!dead-letters").find("There are no dead letters"), std::string::npos);
  const auto event = dead_event();
  const std::string list = answer("carol", "!dead-letters");
  EXPECT_NE(list.find("D1 event " + show(event) + ": "), std::string::npos) << list;
  EXPECT_NE(list.find("broken"), std::string::npos) << list;
  EXPECT_NE(answer("carol", "!status").find("!dead-letters"), std::string::npos);
}

TEST_F(DeadLettersOfTheHouse, of_an_event_are_decided_again_with_all_tries_I2) {
  const auto event = dead_event();
  EXPECT_NE(last_words_with("is a dead letter now").find("!retry D1 tries it again"),
            std::string::npos);
  database.script("ALTER TABLE cs.run DROP CONSTRAINT broken");
  answer("alice", "!retry D1 the database is mended");
  EXPECT_NE(last_words_with("D1: ").find("event " + show(event) + " is decided again"),
            std::string::npos);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(audit_of("dead_letter.retried"), "mm:alice event:" + event.text());
  EXPECT_EQ(database.value("SELECT resolved_as || ' ' || resolved_by || ' ' || resolved_why FROM "
                           "cs.dead_letter"),
            "retried mm:alice the database is mended");
}

TEST_F(DeadLettersOfTheHouse, are_resolved_once_and_the_second_is_told_so_I10) {
  dead_event();
  answer("alice", "!discard D1 known");
  const std::string second = answer("bob", "!retry D1");
  EXPECT_NE(second.find("D1 was already discarded by "), std::string::npos) << second;
  EXPECT_NE(second.find("known"), std::string::npos) << second;
  EXPECT_EQ(chat.sent.back().op, core::Outgoing::Op::tell);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.event_queue"), "0");
  EXPECT_EQ(audit_of("dead_letter.retried"), "");
}

TEST_F(DeadLettersOfTheHouse, are_nothing_for_somebody_without_a_role) {
  dead_event();
  EXPECT_NE(answer("carol", "!retry D1").find("Only somebody who holds a role"), std::string::npos);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.dead_letter WHERE resolved_at IS NULL"), "1");
  EXPECT_NE(answer("alice", "!retry").find("Which dead letter?"), std::string::npos);
  EXPECT_NE(answer("alice", "!retry D99").find("There is no dead letter D99"), std::string::npos);
}

TEST_F(DeadLettersOfTheHouse, of_a_run_become_a_new_plan_that_needs_a_new_approval_I5) {
  dead_run();
  ASSERT_EQ(only_run().state, RunState::dead);
  EXPECT_NE(last_words_with("gave up").find("!retry D1 tries it again"), std::string::npos);
  const int before = runner.effects();
  answer("bob", "!retry D1");
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(only_run().plan_no, 2);
  EXPECT_EQ(only_run().requester, "mm:bob");
  EXPECT_EQ(runner.effects(), before) << "nothing runs on the old approval";
  vote(only_run().id, "alice");
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(runner.effects(), before + 1);
  EXPECT_EQ(only_run().starts, 2);
  EXPECT_EQ(only_run().granted, 2);
  EXPECT_NE(runner.calls.front().idempotency_key, runner.calls.back().idempotency_key);
}

TEST_F(DeadLettersOfTheHouse, of_a_message_are_sent_again_and_the_newest_plan_is_the_last_word) {
  chat.script.push_back({core::Delivery::Kind::failed, "", "", "", false, "no such channel", {}});
  alert("web-3", "d1");
  settle();
  ASSERT_EQ(database.value("SELECT kind FROM cs.dead_letter"), "outbox");
  EXPECT_NE(answer("alice", "!dead-letters").find("a message about R1: no such channel"),
            std::string::npos);
  database.script("UPDATE cs.approval SET expires_at = clock_timestamp() - interval '1 s'");
  keeper.run_once({});
  settle();
  answer("alice", "!retry D1");
  const auto plans = last_words_with("Plan R1");
  EXPECT_NE(plans.find("expired"), std::string::npos) << plans;
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.outbox WHERE state NOT IN ('sent', 'dropped')"),
            "0");
}

TEST(DeadLetterWords, fit_a_screen_however_many_there_are) {
  std::vector<store::DeadLetter> letters;
  for (int i = 20; i > 0; --i) {
    letters.push_back({.kind = i % 3 == 0   ? "outbox"
                               : i % 3 == 1 ? "event"
                                            : "run",
                       .ref = i % 3 == 1 ? "event:7" : "run:12",
                       .reason = i % 3 == 0   ? "the channel is archived"
                                 : i % 3 == 1 ? std::string(300, 'x')
                                              : "ops.rotate_logs: connection refused",
                       .at = kNow - std::chrono::minutes(7 * (21 - i)),
                       .id = {i},
                       .about = "run:12"});
  }
  const auto m = dead_letters_message(letters, 40, kNow, "!");
  EXPECT_EQ(m.lines.size(), Overview::kListed + 1);
  letters.resize(3);
  const auto few = dead_letters_message(letters, 3, kNow, "!");
  tests::expect_golden_text("engine/dead_letters.txt", core::as_text(few));
}

TEST(DeadLetterWords, take_an_id_with_or_without_its_letter) {
  EXPECT_EQ(parse_dead_letter("D12"), core::DeadLetterId{12});
  EXPECT_EQ(parse_dead_letter("d12"), core::DeadLetterId{12});
  EXPECT_EQ(parse_dead_letter("12"), core::DeadLetterId{12});
  for (const char* wrong : {"", "D", "R12", "D-1", "D12x"}) EXPECT_FALSE(parse_dead_letter(wrong));
}

}  // namespace
}  // namespace countersign::engine
