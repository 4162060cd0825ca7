// Plans that wait for a breaker say so, in place, and no longer than they do.
#include "tests/engine/house.h"

#include "bot/core/message.h"
#include "bot/engine/narrate.h"
#include "bot/store/breakers.h"

namespace countersign::engine {
namespace {

using core::OutcomeClass;
using core::RunState;
using core::Tier;

class WaitingPlans : public House {
 protected:
  WaitingPlans() {
    action("ops.look", Tier::read_only);
    core::Action& a = catalog.actions["ops.look"];
    a.retry.attempts = 1;
    a.breaker = core::BreakerPolicy{"payments", 1, std::chrono::hours(1)};
    action("ops.rotate", Tier::mutating);
    catalog.actions["ops.rotate"].breaker = a.breaker;
    publish();
  }
  void everything_ends(OutcomeClass outcome) {
    runner.on_run = [=](const core::RunRequest& r) -> core::Outcome {
      return {r.dry ? OutcomeClass::ok : outcome, 0, "", false, "refused", {}};
    };
  }
  // Told before anything is carried out.
  void ask(const std::string& text) {
    command("alice", "!remediate " + text);
    decider.run_once({});
    planner.run_once({});
    sender.run_once({});
  }
  void approve(core::RunId id) {
    EXPECT_EQ(vote(id, "bob").verdict, core::VoteVerdict::counted);
    sender.run_once({});
  }
  // The plan as it was shown last.
  std::string shown(const std::string& run) {
    while (sender.run_once({})) {
    }
    const auto all = said();
    const auto last = std::find_if(all.rbegin(), all.rend(), [&](const std::string& text) {
      return text.find("Plan " + run + ":") != std::string::npos;
    });
    return last == all.rend() ? "" : *last;
  }
  std::string until() {
    const auto breaker = deps.db.transact(
        "read", [](store::Tx& tx) { return *store::find_breaker(tx, "payments"); });
    return core::as_text(note(core::Tone::neutral, "", {{core::time(*breaker.open_until)}}));
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(WaitingPlans, say_for_which_breaker_and_until_when_as_soon_as_it_opens) {
  ask("ops.rotate host=web-1");
  approve({1});
  EXPECT_TRUE(has(shown("R1"), "approved, about to start"));
  everything_ends(OutcomeClass::failed);
  database.script("UPDATE cs.run SET next_at = clock_timestamp() + interval '1 h'");
  ask("ops.look host=web-2");
  executor.run_once({});
  EXPECT_EQ(run({2}).state, RunState::failed);
  EXPECT_TRUE(has(shown("R1"), "waits for the breaker of payments")) << shown("R1");
  EXPECT_TRUE(has(shown("R1"), until())) << shown("R1") << until();
}

TEST_F(WaitingPlans, say_so_from_the_start_if_it_is_open_and_no_longer_once_it_is_closed) {
  everything_ends(OutcomeClass::failed);
  ask("ops.look host=web-2");
  executor.run_once({});
  ask("ops.rotate host=web-1");
  approve({2});
  EXPECT_TRUE(has(shown("R2"), "waits for the breaker of payments"));
  ask("ops.look host=web-3");
  everything_ends(OutcomeClass::ok);
  database.script(
      "UPDATE cs.breaker SET open_until = clock_timestamp(); UPDATE cs.run SET next_at = "
      "clock_timestamp() + interval '1 h' WHERE run_id = 2");
  executor.run_once({});
  EXPECT_EQ(run({3}).state, RunState::succeeded);
  EXPECT_TRUE(has(shown("R2"), "approved, about to start")) << shown("R2");
  EXPECT_FALSE(has(shown("R2"), "breaker"));
}

TEST_F(WaitingPlans, are_no_more_to_change_than_those_that_wait) {
  ask("ops.rotate host=web-1");
  everything_ends(OutcomeClass::failed);
  const auto before = chat.sent.size();
  ask("ops.look host=web-2");
  executor.run_once({});
  EXPECT_TRUE(has(shown("R1"), "waiting for approval"));
  for (std::size_t i = before; i < chat.sent.size(); ++i)
    EXPECT_FALSE(has(core::as_text(chat.sent[i].message), "Plan R1:"));
}

}  // namespace
}  // namespace countersign::engine
