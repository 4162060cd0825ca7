// Changing a plan that still waits: with other parameters it is another plan, which needs its own
// approval, and whoever changed it counts as somebody who asked for it. Both versions stay in the
// record.
#pragma once
#include <string>

#include "bot/core/form.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class Editing {
 public:
  static constexpr std::size_t kFields = 5;  // what a dialog of Mattermost holds

  explicit Editing(const Deps& deps) : deps_(deps), announcer_(deps) {}

  // The window in which a person changes the parameters of this run (without context), or why not.
  Result<core::Form> form(const core::Run& run) const;

  struct Change {
    core::RunId run;
    std::string plan_hash;         // of the plan that was shown; empty: the current one
    Json values = Json::object();  // parameter -> value as typed
    core::Person who;              // as Directory::identify() names them
  };
  // In the caller's transaction; the electorate is the run's. The Error says why nothing changed.
  Result<void> change(store::Tx& tx, const Change& change,
                      const core::Electorate& electorate) const;

 private:
  const Deps& deps_;
  Announcer announcer_;
};

}  // namespace countersign::engine
