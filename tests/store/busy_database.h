// A database in the middle of its work: runs at every place that a run can be at, brought there by
// the steps that the engine takes. A run's target is host:NAME, its event's delivery id NAME.
#pragma once
#include <functional>

#include "bot/store/audit.h"
#include "tests/store/samples.h"

namespace countersign::store::samples {

class BusyDatabase : public StoreTest {
 protected:
  BusyDatabase() {
    stories_about_events();
    stories_about_questions();
    stories_about_starts();
    tx([](Tx& t) { seal_audit(t); });
  }

  // A run that a rule made of an event, still without a plan.
  core::RunId decided(const std::string& name, core::EffectClass effect = core::EffectClass::once,
                      const char* verdict = "run_created") {
    const auto event = accept(incoming(name)).event;
    core::Run run = samples::run(name, event);
    run.effect = effect;
    return tx([&](Tx& t) {
      EXPECT_TRUE(finish_event(t, event, 0));
      const auto id = create_run(t, run).first;
      add_decision(t, {.event = event,
                       .rule = run.rule,
                       .rule_hash = run.rule_hash,
                       .verdict = verdict,
                       .run = id,
                       .detail = {{"window", {{"key", name}, {"number", 1}}}}});
      return id;
    });
  }

  // Brings a run to `state`; `change` sees it and its approval before.
  void move(
      core::RunId id, core::RunState state,
      const std::function<void(Tx&, core::Run&)>& change = [](Tx&, core::Run&) {}) {
    tx([&](Tx& t) {
      core::Run run = *lock_run(t, id);
      const core::RunState from = run.state;
      const auto fence = run.fence;
      run.state = state;
      change(t, run);
      EXPECT_TRUE(save_run(t, run, from, fence));
    });
  }

  // The next plan, and the question about it: two people, not carol who asked.
  core::RunId ask(core::RunId id) {
    move(id, core::RunState::awaiting_approval, [](Tx& t, core::Run& run) {
      run.plan = plan();
      run.plan->targets = {run.target_key};
      run.plan_hash = core::plan_hash(*run.plan);
      run.plan_no += 1;
      core::Approval question = approval(run.id);
      question.plan_no = run.plan_no;
      question.plan_hash = run.plan_hash;
      question.demand.four_eyes = true;
      question.requester = "mm:carol";
      run.approval = create_approval(t, question);
      add_message_ref(t, run.approval, "mm:ops:plan");
    });
    return id;
  }

  static core::Electorate everybody() {
    core::Electorate out;
    for (const char* key : {"mm:alice", "mm:bob", "mm:carol"})
      out.people.push_back({{key, key}, {{"sre"}}});
    return out;
  }

  void vote(core::RunId id, const std::string& who,
            core::VoteChoice choice = core::VoteChoice::approve) {
    tx([&](Tx& t) {
      core::Run run = *lock_run(t, id);
      const auto before = *lock_approval(t, run.approval);
      const auto [verdict, after] = core::step(
          before, {who, choice, before.plan_hash, "", true, false}, everybody(), t.now());
      add_vote(t, before.id,
               {.voter = who,
                .choice = choice,
                .act_id = "act-" + std::to_string(++acts_),
                .plan_hash = before.plan_hash,
                .counted = verdict == core::VoteVerdict::counted});
      save_approval(t, after, before.state);
      if (after.state == core::ApprovalState::approved) {
        run.state = core::RunState::ready;
        run.granted += 1;
      }
      if (after.state == core::ApprovalState::denied) run.state = core::RunState::denied;
      save_run(t, run, core::RunState::awaiting_approval, run.fence);
    });
  }

  core::RunId approved(core::RunId id) {
    vote(ask(id), "mm:alice");
    vote(id, "mm:bob");
    return id;
  }

  static void answer(Tx& t, const core::Run& run, core::ApprovalEvent event) {
    const auto before = *lock_approval(t, run.approval);
    if (const auto after = core::step(before, event, "test", t.now()))
      save_approval(t, *after, before.state);
  }

  static void note(Tx& t, const core::Run& run, const std::string& phase,
                   const std::string& outcome) {
    add_attempt(t, run.id,
                {run.attempt, run.fence, phase, "n", outcome, nullptr, run.lease_owner, {}});
  }

  core::RunId start(core::RunId id) {
    move(id, core::RunState::claimed, [](Tx& t, core::Run& run) {
      run.fence += 1;
      run.lease_owner = "r0";
      run.lease_until = t.now() + std::chrono::hours(1);
    });
    move(id, core::RunState::executing, [](Tx& t, core::Run& run) {
      run.attempt += 1;
      if (run.approval && find_approval(t, run.approval)->state == core::ApprovalState::approved) {
        run.starts += 1;
        answer(t, run, core::ApprovalEvent::start);
      }
      note(t, run, "intent", "");
    });
    return id;
  }

  core::RunId finish(core::RunId id, core::RunState state, const std::string& outcome) {
    move(id, state, [&](Tx& t, core::Run& run) { note(t, run, "outcome", outcome); });
    return id;
  }

  void stories_about_events() {
    accept(incoming("queued"));
    const auto dead = accept(incoming("dead")).event;
    tx([&](Tx& t) { bury_event(t, dead, 0, "it always fails"); });
    const auto unmatched = accept(incoming("unmatched")).event;
    tx([&](Tx& t) {
      finish_event(t, unmatched, 0);
      add_decision(t, {.event = unmatched, .rule = "-", .verdict = "no_match"});
    });
    move(decided("dry", core::EffectClass::once, "dry_run"), core::RunState::dry_run);
  }

  void stories_about_questions() {
    decided("planned");
    vote(ask(decided("waiting")), "mm:alice");
    const auto denied = ask(decided("denied"));
    vote(denied, "mm:alice");
    vote(denied, "mm:bob", core::VoteChoice::deny);
    const auto hesitant = ask(decided("hesitant"));
    vote(hesitant, "mm:alice");
    vote(hesitant, "mm:alice", core::VoteChoice::retract);
    vote(hesitant, "mm:dave");
    vote(hesitant, "mm:alice");
    move(ask(decided("expired")), core::RunState::expired,
         [](Tx& t, core::Run& run) { answer(t, run, core::ApprovalEvent::expire); });
    move(approved(decided("cancelled")), core::RunState::cancelled,
         [](Tx& t, core::Run& run) { answer(t, run, core::ApprovalEvent::cancel); });
    const auto edited = ask(decided("edited"));
    move(edited, core::RunState::planned,
         [](Tx& t, core::Run& run) { answer(t, run, core::ApprovalEvent::replace); });
    ask(edited);
    approved(decided("ready"));
  }

  void stories_about_starts() {
    start(approved(decided("executing")));
    finish(start(approved(decided("succeeded"))), core::RunState::succeeded, "ok");
    finish(start(approved(decided("failed"))), core::RunState::failed, "failed");
    const auto stubborn = approved(decided("stubborn"));
    finish(start(stubborn), core::RunState::ready, "not_applied");
    finish(start(stubborn), core::RunState::succeeded, "ok");
    const auto repeated = approved(decided("repeated", core::EffectClass::idempotent));
    finish(start(repeated), core::RunState::ready, "ambiguous");
    start(repeated);
    move(start(approved(decided("unknown"))), core::RunState::unknown);
    const auto again = start(approved(decided("again")));
    move(again, core::RunState::unknown);
    move(again, core::RunState::planned);
    finish(start(approved(again)), core::RunState::succeeded, "ok");
    const auto reading = decided("reading", core::EffectClass::read);
    move(reading, core::RunState::ready, [](Tx&, core::Run& run) { run.needs_approval = false; });
    finish(start(reading), core::RunState::succeeded, "ok");
  }

  int acts_ = 0;
};

}  // namespace countersign::store::samples
