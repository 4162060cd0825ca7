// Who holds which role, as far as the configuration file alone can tell.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/settings.h"

namespace countersign::config {

// Who is behind an account: the name in `people`, or the account itself.
std::string person_behind(const std::string& account, const Settings& settings);

// Everybody who holds one of the roles. Nothing: it shows only when it is asked, because a role has
// groups, or is not known.
std::optional<std::set<std::string>> holders(const std::vector<std::string>& roles,
                                             const Settings& settings);

}  // namespace countersign::config
