// What this replica's journal knows and the database has forgotten: such a run never starts again
// by itself (I12, I18), and people are told. Nothing is forgotten unless a failover or a restored
// backup took the last moments away.
#pragma once
#include <vector>

#include "bot/core/journal.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/store/runs.h"

namespace countersign::engine {

// What was done after a loss.
struct Loss {
  int held_runs = 0;
  int in_doubt = 0;                // were executing, and are unknown now
  int voided = 0;                  // approvals
  std::vector<core::RunId> asked;  // whose start only the journal knew; unknown now, or held
  std::vector<core::JournalRecord> alone;  // starts that no open run of the database stands for
  bool held_anything() const { return held_runs > 0 || in_doubt > 0 || voided > 0; }
  bool any() const { return held_anything() || !asked.empty() || !alone.empty(); }
};

class Recall {
 public:
  explicit Recall(const Deps& deps) : deps_(deps), announcer_(deps) {}

  // The whole journal, in the caller's transaction; `opened` is what opening the timeline did.
  // Tells the channels if anything was lost or held.
  void everything(store::Tx& tx, const store::Epoch& opened) const;
  // What the journal says about one run that is about to start. Its state may change.
  void about(const core::Run& run) const;

 private:
  void compare(store::Tx& tx, const std::vector<core::JournalRecord>& records, Loss& loss) const;
  void take_up(store::Tx& tx, const core::JournalRecord& record, Loss& loss) const;
  void review_again(store::Tx& tx, const core::Run& run, const core::JournalRecord& record) const;
  void doubt(store::Tx& tx, core::Run run, const core::JournalRecord& record) const;
  void settle_approval(store::Tx& tx, core::Run& run) const;
  void tell(store::Tx& tx, const Loss& loss) const;

  const Deps& deps_;
  Announcer announcer_;
};

// "R12 ops.rotate on web-3 was started at ..."
std::string start_words(const core::JournalRecord& record);
core::Message loss_message(const Loss& loss, const std::string& prefix);

}  // namespace countersign::engine
