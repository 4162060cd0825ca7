// Votes, cancellations and answers about unknown runs: every way in (button, emoji, command,
// command line) ends in these functions.
#pragma once
#include <string>

#include "bot/core/approval.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/engine/follow_ups.h"
#include "bot/engine/step_up.h"

namespace countersign::engine {

struct Ballot {
  core::RunId run;            // either this ...
  core::ApprovalId approval;  // ... or this is given
  core::Person voter;
  bool human = true;
  core::VoteChoice choice = core::VoteChoice::approve;
  std::string act_id;       // unique per act, stable over redelivery
  std::string via;          // button, emoji, command, cli
  std::string plan_hash;    // of the plan the voter saw; empty: the current one (a command)
  std::string message_ref;  // of the message acted on; empty: a command
  std::string reason;
  std::string code;  // one-time code, where the plan asks for one
};

struct VoteAnswer {
  core::VoteVerdict verdict = core::VoteVerdict::counted;
  bool repeated = false;  // this very act was handled before: nothing happened now
  std::string words;      // what to tell the voter; empty when the plan message says it all
};

enum class Settlement { happened, not_happened, rerun };

class Voting {
 public:
  explicit Voting(const Deps& deps)
      : deps_(deps), announcer_(deps), follow_ups_(deps), step_up_(deps) {}

  VoteAnswer cast(const Ballot& ballot);
  // The same inside the caller's transaction; the electorate of the approval was looked up
  // beforehand.
  VoteAnswer cast(store::Tx& tx, const Ballot& ballot, const core::Electorate& electorate);

  // Ends a run that has not begun to execute. An Error says why it cannot be cancelled (any more).
  Result<void> cancel(store::Tx& tx, core::RunId run, const std::string& by, const std::string& why,
                      const core::Electorate& electorate);

  // The same for a person, who must have asked for the run or be allowed to approve it, if it needs
  // approval. A run that executes is told to end; what came of it shows when it has.
  Result<void> withdraw(store::Tx& tx, core::RunId run, const core::Person& who,
                        const std::string& why, const core::Electorate& electorate);

  // A person says what became of an unknown run; one winner (I12). The text answers the person.
  std::string settle(core::RunId run, std::int64_t fence, Settlement what, const core::Person& who);

  // Who counts in an approval of this run now. Blocking; not inside a transaction.
  core::Electorate electorate_of(core::RunId run);

 private:
  struct Judgement {
    core::Vote vote;
    core::VoteResult result;
    std::string complaint;
  };
  Judgement judge(store::Tx& tx, const Ballot& ballot, const core::Approval& approval,
                  const core::Electorate& electorate) const;
  Result<void> stop(store::Tx& tx, core::RunId run, const core::Person& who, const std::string& why,
                    const core::Electorate& electorate);

  const Deps& deps_;
  Announcer announcer_;
  FollowUps follow_ups_;
  StepUp step_up_;
};

}  // namespace countersign::engine
