// Breakers as all replicas see them (core/breaker.h).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/breaker.h"
#include "bot/core/run.h"
#include "bot/store/pg.h"

namespace countersign::store {

std::optional<core::Breaker> find_breaker(Tx& tx, const std::string& name);
// Locked until the end of the transaction, and made if there is none. Runs are locked before their
// breaker.
core::Breaker lock_breaker(Tx& tx, const std::string& name);
void save_breaker(Tx& tx, const core::Breaker& breaker);

std::vector<std::string> breakers_not_closed(Tx& tx);
// The ready runs that wait for it but this one, locked; who is locked by somebody else is left out.
std::vector<core::Run> lock_others_behind(Tx& tx, const core::Breaker& breaker, core::RunId run,
                                          int n);
// The ready runs that wait for it and the one that it names, as far as their plans are posted.
std::vector<core::Run> runs_behind(Tx& tx, const core::Breaker& breaker, int n);

}  // namespace countersign::store
