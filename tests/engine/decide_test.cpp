// Which events lead to which decisions.
#include "tests/engine/house.h"

#include "bot/store/events.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class Decisions : public House {
 protected:
  Decisions() {
    action("ops.rotate", Tier::mutating);
    action("ops.look", Tier::read_only);
  }
  std::vector<std::string> verdicts(core::EventId event) {
    std::vector<std::string> out;
    for (const auto& d :
         deps.db.transact("read", [&](store::Tx& tx) { return store::decisions_of(tx, event); }))
      out.push_back(d.rule + " " + d.verdict);
    return out;
  }
};

TEST_F(Decisions, name_every_rule_of_the_trigger_with_its_reason) {
  add(rule("disk", "ops.rotate"));
  auto other = rule("other", "ops.look");
  other.criteria.front().pattern = "Nothing";
  add(other);
  publish();
  const auto event = alert("web-3", "d1");
  settle();
  EXPECT_EQ(verdicts(event),
            (std::vector<std::string>{"ops.disk run_created", "ops.other no_match"}));
}

TEST_F(Decisions, exist_for_an_event_no_rule_is_for_I2) {
  publish();
  const auto event = alert("web-3", "d1");
  settle();
  EXPECT_EQ(verdicts(event), std::vector<std::string>{"- no_match"});
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.event_queue"), "0");
}

TEST_F(Decisions, let_the_first_event_of_a_window_pass_and_join_the_others_to_it) {
  auto r = rule("disk", "ops.rotate");
  r.dedup = core::Dedup{"{{ trigger.labels.instance }}", std::chrono::minutes(30),
                        core::DedupMode::leading};
  add(r);
  publish();
  alert("web-3", "d1");
  settle();
  const auto second = alert("web-3", "d2");
  settle();
  EXPECT_EQ(verdicts(second), std::vector<std::string>{"ops.disk duplicate"});
  alert("web-4", "d3");
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "2");
}

TEST_F(Decisions, stop_at_a_rules_rate_limit) {
  auto r = rule("disk", "ops.rotate");
  r.rate_limit = core::RateLimit{2, std::chrono::minutes(10)};
  add(r);
  publish();
  core::EventId last;
  for (const char* host : {"web-1", "web-2", "web-3"}) last = alert(host, host);
  settle();
  EXPECT_EQ(verdicts(last), std::vector<std::string>{"ops.disk rate_limited"});
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "2");
}

TEST_F(Decisions, about_a_resolve_cancel_what_has_not_started) {
  add(rule("disk", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  settle();
  const auto resolved = alert("web-3", "d2", "resolved");
  settle();
  EXPECT_EQ(verdicts(resolved), std::vector<std::string>{"ops.disk no_match"});
  EXPECT_EQ(only_run().state, RunState::cancelled);
  EXPECT_NE(said().back().find("resolved"), std::string::npos);
}

TEST_F(Decisions, take_a_firing_after_a_resolve_for_a_new_episode) {
  add(rule("disk", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  alert("web-3", "d2", "resolved");
  alert("web-3", "d3");
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "2");
}

TEST_F(Decisions, that_fail_again_and_again_end_as_a_dead_letter_people_see_I2) {
  auto r = rule("disk", "ops.rotate");
  add(r);
  publish();
  const auto event = alert("web-3", "d1");
  database.script("ALTER TABLE cs.run ADD CHECK (rule <> 'ops.disk')");
  for (int i = 0; i < Decider::kTries; ++i) {
    decider.run_once({});
    database.script("UPDATE cs.event_queue SET next_at = clock_timestamp()");
  }
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.event_queue"), "0");
  EXPECT_EQ(database.value("SELECT ref FROM cs.dead_letter"), "event:" + event.text());
  EXPECT_NE(said().back().find("dead letter"), std::string::npos);
}

}  // namespace
}  // namespace countersign::engine
