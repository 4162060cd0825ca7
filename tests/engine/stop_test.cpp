// Stopping an action that is under way, and what its thread sees of it meanwhile.
#include "tests/engine/house.h"

#include <condition_variable>

#include "bot/engine/progress.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::OutcomeClass;
using core::RunState;
using core::Tier;

class Stop : public House {
 protected:
  // An action that says what it does and goes on until it is told to stop.
  void never_ends(OutcomeClass when_stopped = OutcomeClass::ambiguous) {
    runner.on_run = [this, when_stopped](const core::RunRequest& request) -> core::Outcome {
      if (request.dry) return {OutcomeClass::ok, 0, "", false, "", {}};
      std::mutex mutex;
      std::condition_variable_any told;
      std::unique_lock lock(mutex);
      if (while_running) while_running();
      if (told.wait_for(lock, runner.told_to_stop, std::chrono::seconds(20), [] { return false; }))
        return {};
      return {when_stopped, 0, "half of it", false, "stopped while it was running", {}};
    };
  }
  void start(Tier tier, bool idempotent = false) {
    action("ops.move", tier, idempotent);
    publish();
    command("bob", "!remediate ops.move host=web-3");
    settle();
    if (run({1}).state == RunState::awaiting_approval) vote({1}, "alice");
    settle();
  }
  void says(const std::string& who, const std::string& text) {
    command(who, text);
    while (decider.run_once({})) {
    }
  }
  std::function<void()> while_running;
};

TEST_F(Stop, by_whoever_asked_ends_a_run_and_asks_what_came_of_it_I12) {
  never_ends();
  while_running = [this] { says("bob", "!cancel R1 wrong host"); };
  start(Tier::mutating);
  const auto stopped = run({1});
  EXPECT_EQ(stopped.state, RunState::unknown) << "nobody can know how far it came";
  ASSERT_TRUE(stopped.stop);
  EXPECT_EQ(stopped.stop->by.name, "bob");
  EXPECT_EQ(stopped.stop->why, "wrong host");
  EXPECT_TRUE(heard("bob stops R1: wrong host"));
  EXPECT_TRUE(heard("What happened to R1?"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.audit WHERE kind = 'run.stop'"), "1");
}

TEST_F(Stop, of_a_read_only_run_is_anybodys_and_ends_it_for_good) {
  never_ends();
  while_running = [this] { says("alice", "!cancel R1"); };
  start(Tier::read_only);
  EXPECT_EQ(run({1}).state, RunState::failed);
  EXPECT_EQ(runner.effects(), 1) << "what a person stopped is not tried again";
}

TEST_F(Stop, of_an_idempotent_run_is_not_followed_by_another_try) {
  never_ends();
  while_running = [this] { says("bob", "!cancel R1"); };
  start(Tier::mutating, true);
  EXPECT_EQ(run({1}).state, RunState::unknown);
  EXPECT_EQ(runner.effects(), 1);
}

TEST_F(Stop, by_somebody_who_may_not_changes_nothing) {
  never_ends(OutcomeClass::ok);
  while_running = [this] {
    says("mallory", "!cancel R1");
    EXPECT_FALSE(run({1}).stop);
    says("bob", "!cancel R1");
  };
  start(Tier::mutating);
  EXPECT_EQ(run({1}).stop->by.name, "bob");
  EXPECT_TRUE(heard("Only whoever asked for R1 or may approve it can cancel it"));
}

TEST_F(Stop, twice_says_that_it_is_being_stopped) {
  never_ends();
  while_running = [this] {
    runner.told_to_stop = {};  // not heard yet
    says("bob", "!cancel R1");
    says("alice", "!cancel R1");
  };
  // Without the token nothing would end it: the first order is taken back from the record instead.
  runner.on_run = [this](const core::RunRequest& request) -> core::Outcome {
    if (!request.dry) while_running();
    return {OutcomeClass::ok, 0, "", false, "", {}};
  };
  start(Tier::mutating);
  EXPECT_TRUE(heard("R1 is already being stopped"));
  EXPECT_EQ(run({1}).state, RunState::succeeded) << "it was done before it could be stopped";
}

TEST_F(Stop, by_the_button_of_the_running_plan) {
  never_ends();
  while_running = [this] {
    while (sender.run_once({})) {
    }
    const auto& plan = chat.sent.back().message;
    ASSERT_EQ(plan.buttons.size(), 1U);
    core::Act act;
    act.kind = core::Act::Kind::button;
    act.id = "click9";
    act.person = {"mm:alice", "alice"};
    act.place = {"mm", "C1", ""};
    act.message_id = "post1";
    act.context = plan.buttons.front().context;
    desk.act(act, [](const core::ActAnswer& answer) { EXPECT_EQ(answer.tell, ""); });
    while (desk.run_once({})) {
    }
  };
  start(Tier::mutating);
  EXPECT_EQ(run({1}).stop->by.name, "alice");
}

TEST_F(Stop, heard_after_the_end_says_so) {
  start(Tier::read_only);
  says("bob", "!cancel R1");
  settle();
  EXPECT_TRUE(heard("R1 is succeeded and cannot be cancelled any more"));
}

TEST_F(Stop, progress_is_one_message_that_changes_and_ends) {
  action("ops.move", Tier::read_only);
  publish();
  runner.on_run = [this](const core::RunRequest& request) -> core::Outcome {
    const core::Run at_work = run({1});
    Progress progress(deps, at_work);
    progress.tell();
    EXPECT_FALSE(progress.told()) << "nothing to say, nothing said";
    progress.add("copying 1 of 3\ncopying 2");
    progress.tell();
    EXPECT_TRUE(progress.told());
    settle();
    progress.add(" of 3\ncopying 3 of 3\n");
    progress.tell();
    settle();
    (void)request;
    return {OutcomeClass::ok, 0, "", false, "", std::chrono::seconds(7)};
  };
  command("bob", "!remediate ops.move host=web-3");
  settle();
  EXPECT_TRUE(heard("R1 is running"));
  EXPECT_TRUE(heard("copying 1 of 3"));
  EXPECT_TRUE(heard("copying 3 of 3"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.outbox WHERE op = 'post' AND "
                           "message ->> 'fallback' LIKE 'R1 is running%'"),
            "1");
}

TEST_F(Stop, the_reaper_ends_the_progress_of_a_run_whose_worker_is_gone) {
  action("ops.move", Tier::mutating);
  publish();
  command("bob", "!remediate ops.move host=web-3");
  settle();
  vote({1}, "alice");
  runner.on_run = [this](const core::RunRequest&) -> core::Outcome {
    Progress progress(deps, run({1}));
    progress.add("half way\n");
    progress.tell();
    throw std::runtime_error("killed");
  };
  runner.calls.clear();
  EXPECT_THROW(settle(), std::runtime_error);
  database.script("UPDATE cs.run SET lease_until = clock_timestamp() WHERE state = 'executing'");
  keeper.run_once({});
  settle();
  EXPECT_EQ(run({1}).state, RunState::unknown);
  EXPECT_TRUE(heard("R1 has ended"));
}

}  // namespace
}  // namespace countersign::engine
