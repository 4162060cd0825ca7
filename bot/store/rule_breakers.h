// Breakers of rules as all replicas see them (core/rule_breaker.h). Locked after runs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/rule_breaker.h"
#include "bot/store/pg.h"

namespace countersign::store {

std::optional<core::RuleBreaker> find_rule_breaker(Tx& tx, const std::string& rule);
// Locked until the end of the transaction, and made if there is none.
core::RuleBreaker lock_rule_breaker(Tx& tx, const std::string& rule);
void save_rule_breaker(Tx& tx, const core::RuleBreaker& breaker);
std::vector<core::RuleBreaker> rule_breakers_not_closed(Tx& tx);

}  // namespace countersign::store
