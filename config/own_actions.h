// The actions that the program brings along: they change what it keeps itself, and are asked for,
// planned, approved and recorded like any other. Their runner is "countersign"; no pack can use it.
#pragma once
#include <string>

#include "bot/core/action.h"

namespace countersign::config {

inline constexpr char kOwnPack[] = "countersign";
inline constexpr char kOwnRunner[] = "countersign";
inline constexpr char kGrantStanding[] = "countersign.grant_standing_approval";
inline constexpr char kPromoteRule[] = "countersign.promote_rule";

// Whether it lets a rule (its parameter `rule`) do more than before: whoever would be asked about
// that rule's runs is asked about this.
bool frees_a_rule(const std::string& ref);

// Null: there is no such action.
const core::Action* own_action(const std::string& ref);

}  // namespace countersign::config
