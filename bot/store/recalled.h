// Starts that a replica's journal tells of and the database has forgotten (I18).
#pragma once
#include <string>
#include <vector>

#include "bot/core/journal.h"
#include "bot/store/pg.h"

namespace countersign::store {

// Those of which it knows neither the attempt nor that they were recalled before; in their order.
std::vector<core::JournalRecord> forgotten_starts(Tx& tx,
                                                  const std::vector<core::JournalRecord>& records);
// The run that has this key now, locked as lock_run() does.
std::optional<core::Run> lock_run_of_key(Tx& tx, const std::string& key);
// From now on it is known. `run` is 0 when there is none.
void note_recalled(Tx& tx, const core::JournalRecord& record, core::RunId run,
                   core::Recollection verdict, const std::string& replica);

}  // namespace countersign::store
