// Standing approvals. Lock order: after the halt, before approvals and runs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/standing.h"
#include "bot/store/pg.h"

namespace countersign::store {

// False: this approval has granted one already.
std::optional<core::StandingId> grant_standing(Tx& tx, const core::Standing& standing);
// Those of this rule that are in force now.
std::vector<core::Standing> standings_of_rule(Tx& tx, const std::string& rule);
std::vector<core::Standing> standings_in_force(Tx& tx, int n);
std::optional<core::Standing> find_standing(Tx& tx, core::StandingId id);
// FOR UPDATE. Read Tx::now() after this.
std::optional<core::Standing> lock_standing(Tx& tx, core::StandingId id);
// One start of this run is counted, whose plan it is.
void use_standing(Tx& tx, core::StandingId id, const core::Run& run);
bool standing_used_by(Tx& tx, const core::Run& run);
void revoke_standing(Tx& tx, core::StandingId id, const core::Person& by, const std::string& why);

}  // namespace countersign::store
