// Reads the deliveries of a time from the record and asks rules about them. Nothing runs, nothing
// is recorded.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bot/core/backtest.h"
#include "bot/core/result.h"
#include "bot/engine/snapshot.h"
#include "bot/store/pg.h"

namespace countersign::engine {

struct BacktestOrder {
  core::Instant from{}, until{};
  std::vector<std::string> rules;  // refs; empty: all that are enabled
  unsigned workers = 1;            // threads that read and match
  // Called by the caller's thread: how far it is, from 0 to 1, and how many events it has seen.
  std::function<void(double part, std::int64_t events)> progress;
  std::function<bool()> stop;  // asked between pages; true: an Error says that it was stopped
};

// `db` has the events, `now` the rules. The same record and rules give the same report. Chat commands
// are left out; a rule that asks the clock is asked at the moment
// of receipt. An Error names a rule that does not exist.
Result<core::BacktestReport> backtest(store::Database& db, const Snapshot& now,
                                      const BacktestOrder& order);

}  // namespace countersign::engine
