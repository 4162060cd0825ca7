// Alerts that flap: what would change something is held, one message in each channel tells of it
// and changes in place, and once the alert is calm the latest episode's run is planned after all
// (docs/decisions/0023). Every function but settle() works inside the caller's transaction.
#pragma once
#include <optional>

#include "bot/core/run.h"
#include "bot/core/series.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/store/series.h"

namespace countersign::engine {

class Flapping {
 public:
  explicit Flapping(const Deps& deps) : deps_(deps), announcer_(deps) {}

  // Takes in a run that was created as held; one that the rule held for an earlier episode is
  // cancelled.
  void hold(store::Tx& tx, const core::Event& event, const core::Rule& rule,
            const core::Flaps& flaps, core::RunId run) const;
  // Its episode is over.
  void drop(store::Tx& tx, const core::Run& run, const std::string& why) const;
  // Brings the message about this alert up to date, or posts it where it is not yet.
  void tell(store::Tx& tx, const core::Event& event) const;
  // A person does not want to wait. Whoever releases counts as the requester (T33).
  Result<void> release(store::Tx& tx, core::RunId run, const core::Person& who,
                       const core::Electorate& electorate) const;
  // The same message, when one of its runs has become something else.
  void tell_of_run(store::Tx& tx, core::RunId run) const;

  // Lets go what has been quiet for long enough. How many series that were.
  int settle() const;

 private:
  void plan(store::Tx& tx, core::Run run, const std::string& by, const std::string& why) const;
  void calm(store::Tx& tx, store::FlappingSeries flapping) const;
  void say(store::Tx& tx, store::FlappingSeries& flapping, bool calm) const;
  std::vector<core::Run> runs(store::Tx& tx, const store::FlappingSeries& flapping) const;

  const Deps& deps_;
  Announcer announcer_;
};

// What the channels hear. Pure.
core::Message flapping_message(const store::FlappingSeries& flapping, const core::Event& event,
                               const std::vector<core::Run>& runs, bool calm,
                               const std::string& prefix);

}  // namespace countersign::engine
