// Chat commands: each is an event; obeying it and taking it out of the queue are one transaction,
// so a command is obeyed once.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/backtest.h"
#include "bot/core/command.h"
#include "bot/engine/announce.h"
#include "bot/engine/dead_letters.h"
#include "bot/engine/deps.h"
#include "bot/engine/editing.h"
#include "bot/engine/flapping.h"
#include "bot/engine/glass.h"
#include "bot/engine/guardrails.h"
#include "bot/engine/standings.h"
#include "bot/engine/voting.h"
#include "bot/store/events.h"

namespace countersign::engine {

class Commander {
 public:
  struct Reply {
    std::optional<core::Message> message;  // nothing: the plan message says it all
    bool privately = false;
    core::RunId run;  // for the record
  };

  Commander(const Deps& deps, Voting& voting)
      : deps_(deps),
        voting_(voting),
        editing_(deps),
        flapping_(deps),
        guardrails_(deps),
        breakers_(deps),
        letters_(deps),
        glass_(deps),
        standings_(deps),
        announcer_(deps) {}

  void obey(const Snapshot& now, const store::ClaimedEvent& claimed);
  // Cancels in the caller's transaction, e.g. because the alert is over; one that has begun to
  // execute is left alone.
  void cancel_run(store::Tx& tx, core::RunId run, const std::string& by, const std::string& why);

 private:
  struct Call {
    const Snapshot& now;
    const core::Event& event;
    core::Command command;
    core::Person person;  // the account that typed it
    core::Person who;     // the person behind the account
    core::ChatPlace place;
    std::optional<core::Run> target;    // the run named, or the one of this thread
    std::vector<core::Person> holders;  // who holds any role
    core::Electorate
        electorate;           // who counts in the approval of what is named, or may start it alone
    bool code_asked = false;  // glass: only with a one-time code
    std::optional<Result<core::BacktestReport>> report;  // of a backtest
  };
  // What is looked up before the transaction: nothing; the run named by id or thread with who may
  // approve it, or with who may start it alone; who may approve what a standing approval is for; or
  // who holds a role at all; or what a backtest says.
  enum class Needs { nothing, target, glass, standing, holders, electors, backtest };
  struct Verb {
    const char* name;
    const char* usage;
    const char* summary;
    Needs needs;
    bool acts;  // changes something: not obeyed when it comes late
    Reply (Commander::*handle)(store::Tx&, const Call&);
  };
  static const std::vector<Verb>& verbs();

  std::optional<core::Run> find_target(store::Tx& tx, const Call& call) const;
  Reply handle(store::Tx& tx, const Call& call);
  std::optional<std::string> too_late(store::Tx& tx, const Call& call) const;
  static core::Message which_one(const Call& call, const std::string& what,
                                 const std::string& example);

  Reply remediate(store::Tx& tx, const Call& call);
  Reply remediate_event(store::Tx& tx, const Call& call);
  Reply approve(store::Tx& tx, const Call& call);
  Reply deny(store::Tx& tx, const Call& call);
  Reply vote(store::Tx& tx, const Call& call, core::VoteChoice choice);
  Reply cancel(store::Tx& tx, const Call& call);
  Reply release(store::Tx& tx, const Call& call);
  Reply edit(store::Tx& tx, const Call& call);
  Reply why(store::Tx& tx, const Call& call);
  Reply why_not(store::Tx& tx, const Call& call);
  Reply rules(store::Tx& tx, const Call& call);
  Reply backtest(store::Tx& tx, const Call& call);
  Result<core::BacktestReport> test_back(const Call& call) const;
  Reply promote(store::Tx& tx, const Call& call);
  Reply demote(store::Tx& tx, const Call& call);
  Reply replay(store::Tx& tx, const Call& call);
  static std::optional<core::Event> event_of(store::Tx& tx, const Call& call,
                                             const std::string& named);
  Reply who_can(store::Tx& tx, const Call& call);
  core::Electorate electors_for(const Call& call) const;  // of the action it names
  Reply status(store::Tx& tx, const Call& call);
  Reply pending(store::Tx& tx, const Call& call);
  Reply help(store::Tx& tx, const Call& call);
  Reply dead_letters(store::Tx& tx, const Call& call);
  Reply retry(store::Tx& tx, const Call& call);
  Reply discard(store::Tx& tx, const Call& call);
  Reply standing(store::Tx& tx, const Call& call);
  Reply revoke(store::Tx& tx, const Call& call);
  Reply break_glass(store::Tx& tx, const Call& call);
  Reply close(store::Tx& tx, const Call& call);
  Reply halt(store::Tx& tx, const Call& call);
  Reply resume(store::Tx& tx, const Call& call);
  Reply freeze(store::Tx& tx, const Call& call);
  Reply unfreeze(store::Tx& tx, const Call& call);
  Reply breaker(store::Tx& tx, const Call& call);
  Reply enrol(store::Tx& tx, const Call& call);
  static bool may_switch(const Call& call);
  // For the record, for everybody, and for the plans that wait to start.
  void switched(store::Tx& tx, const Call& call, const char* kind, const std::string& why,
                const core::Message& message) const;
  using ResolveLetter = LetterAnswer (DeadLetters::*)(store::Tx&, const LetterOrder&) const;
  Reply resolve(store::Tx& tx, const Call& call, ResolveLetter how);

  void look_up(Needs needs, Call& call);

  const Deps& deps_;
  Voting& voting_;
  Editing editing_;
  Flapping flapping_;
  Guardrails guardrails_;
  RuleBreakers breakers_;
  DeadLetters letters_;
  Glass glass_;
  Standings standings_;
  Announcer announcer_;
};

}  // namespace countersign::engine
