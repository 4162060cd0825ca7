// Break-glass: one person, with a reason, starts what would need several. It tells the managers'
// channel and opens a review, which another person closes. Model: docs/models/break_glass.pml.
#pragma once
#include <string>

#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/engine/step_up.h"
#include "bot/store/reviews.h"

namespace countersign::engine {

class Glass {
 public:
  explicit Glass(const Deps& deps) : deps_(deps), announcer_(deps), step_up_(deps) {}

  struct Break {
    core::RunId run;
    core::Person who;  // as Directory::identify() names them
    std::string why;   // required
    std::string act_id;
    std::string plan_hash;  // of the plan that was shown; empty: the current one
    std::string code;       // one-time code, where the plan asks for one
    std::optional<core::Instant> said_at = {};  // a command: when it was typed
  };
  // Who may. Blocking; not inside a transaction.
  core::Electorate electorate() const;
  // In the caller's transaction, all of it at once. Errors are for the person; commit in any case.
  // Kind `invalid`: the code.
  Result<void> start(store::Tx& tx, const Break& order, const core::Electorate& electorate) const;
  // Whether start() would ask for a code.
  bool asks_for_code(core::RunId run) const;

  // Closed by another person than broke the glass, who holds a role, with a remark.
  Result<void> close(store::Tx& tx, core::ReviewId id, const core::Person& who,
                     const std::string& remark, const std::vector<core::Person>& holders) const;
  std::optional<core::ReviewId> open_review_of(core::RunId run, core::ApprovalId approval) const;

 private:
  void tell_managers(store::Tx& tx, const core::Run& run, const store::Review& review,
                     const core::Message& message) const;

  const Deps& deps_;
  Announcer announcer_;
  StepUp step_up_;
};

}  // namespace countersign::engine
