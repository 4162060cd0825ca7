// What comes to nothing is stored with its decision and never waits for anybody (I2).
#include "bot/engine/judge.h"

#include <gtest/gtest.h>

#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

class JudgeTest : public House {
 protected:
  JudgeTest() {
    action("ops.restart", core::Tier::read_only);
    core::Rule other = rule("restart", "ops.restart");
    other.trigger = "github.event";
    other.criteria = {{"trigger.body.ref", "equals", "refs/heads/main"}};
    other.parameters = {{"host", "web-1"}};
    add(other);
    publish();
  }
  // As the door hands over what GitHub sends.
  static core::Incoming push(const std::string& ref, const std::string& id = "d1") {
    const Json body = {{"ref", ref}};
    core::Incoming in;
    in.source = "gh";
    in.trigger = "github.event";
    in.delivery_id = id;
    in.dedup_key = core::sha256_hex("gh/" + id);
    in.raw = body.dump();
    in.body_hash = core::sha256_hex(in.raw);
    in.replay_key = core::sha256_hex("gh body " + in.raw);
    in.correlation = core::CorrelationId::parse(core::sha256_hex(id).substr(0, 32));
    in.body = {{"event", "push"}, {"delivery", id}, {"body", body}};
    in.raw_is = core::Incoming::RawIs::body_at_body;
    return in;
  }
  core::Accepted bring(const core::Incoming& in) {
    Result<std::vector<core::Accepted>> answer = unavailable("no answer");
    intake.accept({in}, [&](auto given) { answer = std::move(given); });
    while (intake.run_once()) {
    }
    return answer->at(0);
  }
  std::string waiting() { return database.value("SELECT count(*) FROM cs.event_queue"); }
  std::vector<store::Decision> decisions(core::EventId event) {
    return deps.db.transact("look", [&](store::Tx& tx) { return store::decisions_of(tx, event); });
  }
  void changed_rule(const std::function<void(core::Rule&)>& change) {
    change(catalog.rules.front());
    publish();
  }

  Intake intake{deps};
};

TEST_F(JudgeTest, what_no_rule_matches_is_stored_with_its_decision) {
  const auto event = bring(push("refs/heads/other")).event;
  EXPECT_EQ(waiting(), "0");
  ASSERT_EQ(decisions(event).size(), 1u);
  const auto decision = decisions(event)[0];
  EXPECT_EQ(decision.rule, "ops.restart");
  EXPECT_EQ(decision.verdict, "no_match");
  EXPECT_EQ(decision.detail["why"], "criterion_failed");
  EXPECT_EQ(decision.detail["criteria"][0]["actual"], "refs/heads/other");
}

// The same words, whoever decides.
TEST_F(JudgeTest, the_decider_would_have_said_the_same) {
  const auto here = decisions(bring(push("refs/heads/other")).event);
  auto other = push("refs/heads/other", "d2");
  other.replay_key.clear();  // it would be one
  other.raw_is = core::Incoming::RawIs::elsewhere;
  const auto event = accept(other);
  settle();
  const auto there = decisions(event);
  ASSERT_EQ(there.size(), 1u);
  EXPECT_EQ(there[0].verdict, here[0].verdict);
  EXPECT_EQ(there[0].rule_hash, here[0].rule_hash);
  EXPECT_EQ(there[0].detail, here[0].detail);
}

TEST_F(JudgeTest, what_no_rule_is_for_is_stored_with_its_decision) {
  auto in = push("refs/heads/main");
  in.trigger = "gitlab.event";
  const auto event = bring(in).event;
  EXPECT_EQ(waiting(), "0");
  ASSERT_EQ(decisions(event).size(), 1u);
  EXPECT_EQ(decisions(event)[0].rule, "-");
}

TEST_F(JudgeTest, a_disabled_rule_for_something_else_leaves_no_word) {
  changed_rule([](core::Rule& rule) {
    rule.trigger = "gitlab.event";
    rule.enabled = false;
  });
  const auto event = bring(push("refs/heads/main")).event;
  ASSERT_EQ(decisions(event).size(), 1u);
  EXPECT_EQ(decisions(event)[0].rule, "-");
}

TEST_F(JudgeTest, what_a_rule_matches_waits_to_be_decided) {
  const auto event = bring(push("refs/heads/main")).event;
  EXPECT_EQ(waiting(), "1");
  EXPECT_TRUE(decisions(event).empty());
  settle();
  ASSERT_EQ(decisions(event).size(), 1u);
  EXPECT_EQ(decisions(event)[0].verdict, "run_created");
}

TEST_F(JudgeTest, what_the_database_alone_can_answer_waits) {
  auto episode = push("refs/heads/other", "episode");
  episode.series = "web-1";
  episode.status = "firing";
  bring(episode);
  EXPECT_EQ(waiting(), "1");
  changed_rule([](core::Rule& rule) {
    rule.criteria.push_back({"trigger.body.at", "TimeDiff_lt", 60});  // the database's clock
  });
  bring(push("refs/heads/other", "clock"));
  EXPECT_EQ(waiting(), "2");
}

TEST_F(JudgeTest, a_sender_does_not_wait_for_many_rules) {
  for (int i = 0; i < 64; ++i) {
    core::Rule more = catalog.rules.front();
    more.name = "more" + std::to_string(i);
    add(more);
  }
  publish();
  bring(push("refs/heads/other"));
  EXPECT_EQ(waiting(), "1");
}

// I3
TEST_F(JudgeTest, a_redelivery_is_not_decided_again) {
  const auto event = bring(push("refs/heads/other")).event;
  const auto again = bring(push("refs/heads/other"));
  EXPECT_EQ(again.verdict, core::Acceptance::redelivery);
  EXPECT_EQ(again.event, event);
  EXPECT_EQ(decisions(event).size(), 1u);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.decision"), "1");
}

// T3
TEST_F(JudgeTest, a_replay_is_called_one) {
  bring(push("refs/heads/other", "d1"));
  const auto replay = bring(push("refs/heads/other", "d2"));
  EXPECT_EQ(replay.verdict, core::Acceptance::replay);
  EXPECT_EQ(waiting(), "1");
  settle();
  ASSERT_EQ(decisions(replay.event).size(), 1u);
  EXPECT_EQ(decisions(replay.event)[0].verdict, "replay");
}

TEST_F(JudgeTest, leaves_the_body_as_it_was) {
  auto in = push("refs/heads/other");
  const Json before = in.body;
  EXPECT_EQ(foregone(*current.get(), in).size(), 1u);
  EXPECT_EQ(in.body, before);
}

TEST_F(JudgeTest, the_event_reads_as_it_came) {
  const auto in = push("refs/heads/other");
  const auto event = bring(in).event;
  const auto found =
      deps.db.transact("look", [&](store::Tx& tx) { return store::find_event(tx, event); });
  EXPECT_EQ(found->body, in.body);
  EXPECT_EQ(Json::parse(database.value("SELECT body FROM cs.event_row")), in.body);
  EXPECT_EQ(Json::parse(database.value("SELECT body FROM cs.event")),
            (Json{{"event", "push"}, {"delivery", "d1"}}));
}

}  // namespace
}  // namespace countersign::engine
