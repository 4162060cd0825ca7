#include "bot/engine/voting.h"

#include <algorithm>
#include <array>

#include "bot/engine/electors.h"
#include "bot/engine/faults.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

bool among(core::VoteVerdict verdict, std::initializer_list<core::VoteVerdict> all) {
  return std::ranges::find(all, verdict) != all.end();
}

// What a decided approval makes of its run.
void carry_over(core::Run& run, const core::Approval& approval) {
  if (approval.state == core::ApprovalState::approved) {
    run.state = core::RunState::ready;
    run.granted += 1;
  } else if (approval.state == core::ApprovalState::denied) {
    run.state = core::RunState::denied;
  }
}

}  // namespace

core::Electorate Voting::electorate_of(core::RunId id) {
  const auto run =
      deps_.db.transact("read run", [&](store::Tx& tx) { return store::find_run(tx, id); });
  return run ? electors_of(deps_, *run).electorate : core::Electorate{};
}

VoteAnswer Voting::cast(const Ballot& ballot) {
  Ballot complete = ballot;
  if (!complete.run) {
    const auto approval = deps_.db.transact(
        "read approval", [&](store::Tx& tx) { return store::find_approval(tx, ballot.approval); });
    if (approval) complete.run = approval->run;
  }
  const auto voter = deps_.directory.identify(ballot.voter);
  if (!voter) return {core::VoteVerdict::not_known, false, voter.error().message + "."};
  complete.voter = *voter;
  const auto electorate = electorate_of(complete.run);
  const auto answer =
      deps_.db.transact("vote", [&](store::Tx& tx) { return cast(tx, complete, electorate); });
  crash_point("vote.after_commit");
  deps_.signals.ready.ring();
  deps_.signals.outbox.ring();
  return answer;
}

// With the code, if one was asked for and given; the complaint is about that.
Voting::Judgement Voting::judge(store::Tx& tx, const Ballot& ballot, const core::Approval& approval,
                                const core::Electorate& electorate) const {
  core::Vote vote{ballot.voter.key,
                  ballot.choice,
                  ballot.plan_hash.empty() ? approval.plan_hash : ballot.plan_hash,
                  ballot.message_ref,
                  ballot.human,
                  false,
                  !ballot.plan_hash.empty() && ballot.message_ref.empty()};
  auto result = core::step(approval, vote, electorate, tx.now());
  // Only a vote that would count otherwise is worth a code.
  if (result.verdict != core::VoteVerdict::needs_code || ballot.code.empty())
    return {vote, result, ""};
  if (const auto proven = step_up_.check(tx, ballot.voter, ballot.code); !proven)
    return {vote, result, proven.error().message + "."};
  vote.stepped_up = true;
  return {vote, core::step(approval, vote, electorate, tx.now()), ""};
}

VoteAnswer Voting::cast(store::Tx& tx, const Ballot& ballot, const core::Electorate& electorate) {
  auto run = store::lock_run(tx, ballot.run);  // locks the approval first
  if (!run) return {core::VoteVerdict::already_decided, false, "There is no such plan."};
  const core::ApprovalId id = ballot.approval ? ballot.approval : run->approval;
  const auto stored = store::lock_approval(tx, id);
  if (!stored)
    return {core::VoteVerdict::already_decided, false,
            "Nothing is to be decided about " + show(run->id) + ": it is " +
                std::string(state_words(run->state)) + "."};
  const auto approval = deps_.directory.identify(*stored);
  if (!approval) return {core::VoteVerdict::not_known, false, approval.error().message + "."};
  const auto [vote, result, complaint] = judge(tx, ballot, *approval, electorate);
  if (!complaint.empty()) return {result.verdict, false, complaint};
  const bool counted = result.verdict == core::VoteVerdict::counted;
  // Not kept: the same act may count a moment later, once the message is noted as sent, the
  // directory answers or the code is there.
  if (among(result.verdict, {core::VoteVerdict::not_posted, core::VoteVerdict::not_known,
                             core::VoteVerdict::needs_code}))
    return {result.verdict, false, refusal_words(result.verdict, *stored)};
  store::VoteRow row{ballot.voter.key, ballot.voter.name,
                     ballot.choice,    ballot.act_id,
                     ballot.via,       vote.plan_hash,
                     counted,          counted ? "" : std::string(core::name(result.verdict)),
                     ballot.reason,    {}};
  if (!store::add_vote(tx, id, row)) return {result.verdict, true, ""};
  store::add_audit(tx, {ballot.voter.key,
                        "approval.vote",
                        "run:" + run->id.text(),
                        run->correlation,
                        {{"choice", core::name(ballot.choice)},
                         {"via", ballot.via},
                         {"verdict", core::name(result.verdict)},
                         {"plan", vote.plan_hash},
                         {"act", ballot.act_id},
                         {"name", ballot.voter.name}},
                        {}});
  if (!counted) return {result.verdict, false, refusal_words(result.verdict, *stored)};
  store::save_approval(tx, result.after, approval->state);
  const auto from = run->state;
  if (from == core::RunState::awaiting_approval) carry_over(*run, result.after);
  store::save_run(tx, *run, from, run->fence);
  if (run->state == core::RunState::ready && approval->demand.cooldown > core::Duration::zero())
    store::postpone_run(tx, run->id, approval->demand.cooldown);
  announcer_.refresh_plan(tx, *run, electorate);
  crash_point("vote.before_commit");
  return {result.verdict, false, ""};
}

Result<void> Voting::cancel(store::Tx& tx, core::RunId id, const std::string& by,
                            const std::string& why, const core::Electorate& electorate) {
  auto run = store::lock_run(tx, id);
  if (!run) return not_found("there is no " + show(id));
  const auto from = run->state;
  if (!core::allowed(from, core::RunState::cancelled))
    return Error{ErrorKind::conflict, show(id) + " is " + std::string(state_words(from)) +
                                          " and cannot be cancelled any more"};
  if (const auto approval =
          run->approval ? store::lock_approval(tx, run->approval) : std::nullopt) {
    if (const auto after = core::step(*approval, core::ApprovalEvent::cancel, by, tx.now()))
      store::save_approval(tx, *after, approval->state);
  }
  run->state = core::RunState::cancelled;
  core::drop_lease(*run);
  store::save_run(tx, *run, from, run->fence);
  store::add_audit(tx,
                   {by, "run.cancelled", "run:" + id.text(), run->correlation, {{"why", why}}, {}});
  announcer_.refresh_plan(tx, *run, electorate);
  announcer_.say_in_thread(tx, *run,
                           note(core::Tone::neutral, show(id) + " is cancelled: " + why + "."));
  return {};
}

Result<void> Voting::withdraw(store::Tx& tx, core::RunId id, const core::Person& who,
                              const std::string& why, const core::Electorate& electorate) {
  const auto run = store::find_run(tx, id);
  if (!run) return not_found("there is no " + show(id));
  if (run->needs_approval && !electorate.find(who.key) && who.key != run->requester &&
      !electorate.silent.empty())
    return unavailable("I cannot tell right now whether you may: " + electorate.silent);
  if (run->needs_approval && !electorate.find(who.key) && who.key != run->requester)
    return refused("Only whoever asked for " + show(id) + " or may approve it can cancel it");
  if (run->state == core::RunState::executing) return stop(tx, id, who, why, electorate);
  return cancel(tx, id, who.key, why.empty() ? who.name + " asked for it" : why, electorate);
}

// Whoever works on it hears of it: in this process by the bell at once, in another one too, and at
// the latest when it renews its lease.
Result<void> Voting::stop(store::Tx& tx, core::RunId id, const core::Person& who,
                          const std::string& why, const core::Electorate& electorate) {
  auto run = store::lock_run(tx, id);
  if (!run || run->state != core::RunState::executing)
    return Error{ErrorKind::conflict, show(id) + " has just ended"};
  if (run->stop) return Error{ErrorKind::conflict, show(id) + " is already being stopped"};
  run->stop = core::StopOrder{who, why};
  store::save_run(tx, *run, core::RunState::executing, run->fence);
  store::add_audit(tx, {who.key,
                        "run.stop",
                        "run:" + id.text(),
                        run->correlation,
                        {{"why", why}, {"name", who.name}, {"attempt", run->attempt}},
                        {}});
  announcer_.refresh_plan(tx, *run, electorate);
  announcer_.say_in_thread(
      tx, *run,
      note(core::Tone::warning, who.name + " stops " + show(id) + (why.empty() ? "" : ": " + why) +
                                    ". It is told to end, and killed if it does not."));
  return {};
}

std::string Voting::settle(core::RunId id, std::int64_t fence, Settlement what,
                           const core::Person& account) {
  const auto identified = deps_.directory.identify(account);
  if (!identified) return identified.error().message + ".";
  const core::Person& who = *identified;
  const auto electorate = electorate_of(id);
  if (!electorate.find(who.key))
    return "Only somebody who may approve this action can say what became of it.";
  const auto words = deps_.db.transact("settle", [&](store::Tx& tx) -> std::string {
    auto run = store::lock_run(tx, id);
    if (!run || run->state != core::RunState::unknown || run->fence != fence)
      return "This question is answered already.";
    constexpr std::array states{core::RunState::succeeded, core::RunState::failed,
                                core::RunState::planned};
    constexpr std::array said{"it happened", "it did not happen, and it is left",
                              "it is to run again"};
    const auto choice = static_cast<std::size_t>(what);
    run->state = states.at(choice);
    run->fence += 1;  // shuts out whoever ran it
    run->stop.reset();
    run->outcome["settled_by"] = who.name;
    run->outcome["settled_as"] = said.at(choice);
    if (what == Settlement::rerun) {
      run->attempt = 0;
      run->first_started_at.reset();
      // Whoever asked before has asked still.
      const auto& editors = run->editors;
      if (!run->requester.empty() && run->requester != who.key &&
          std::ranges::find(editors, run->requester, &core::Person::key) == editors.end())
        run->editors.push_back({run->requester, run->requester_name});
      run->requester = who.key;
      run->requester_name = who.name;
    }
    store::save_run(tx, *run, core::RunState::unknown, fence);
    store::add_audit(tx, {who.key,
                          "run.settled",
                          "run:" + id.text(),
                          run->correlation,
                          {{"as", said.at(choice)}, {"name", who.name}},
                          {}});
    announcer_.say_in_thread(tx, *run,
                             note(tone_of(run->state), who.name + " says about " + show(id) + ": " +
                                                           said.at(choice) + "."));
    if (what == Settlement::rerun) {
      announcer_.retire_plan(tx, *run, electorate);
    } else {
      announcer_.refresh_plan(tx, *run, electorate);
      follow_ups_.ended(tx, *run);
    }
    return "";
  });
  deps_.signals.planned.ring();
  deps_.signals.outbox.ring();
  return words;
}

}  // namespace countersign::engine
