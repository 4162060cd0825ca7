// Rows of cs.run_row as runs, for those statements that stand elsewhere.
#pragma once
#include <vector>

#include "bot/core/run.h"
#include "bot/store/pg.h"

namespace countersign::store {

std::vector<core::Run> runs_of(const Rows& rows);

}  // namespace countersign::store
