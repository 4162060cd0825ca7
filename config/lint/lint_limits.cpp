// Actions that change something, and what keeps their number down.
#include <fmt/format.h>

#include <set>

#include "config/lint/findings.h"

namespace countersign::config {

void find_unlimited(const LintInput& input, Findings& findings) {
  std::set<std::string> said;  // of an action: once is enough
  for (const auto& [rule, action, root, sound] : input.rules) {
    if (action == nullptr || action->tier == core::Tier::read_only) continue;
    const Reader& file = input.action_files.at(action->ref);
    if (!action->rate_limit && !rule->rate_limit) {
      findings.add("no-rate-limit", root, root.at("rate_limit"),
                   fmt::format("{} is {} and has no rate limit, here or in {}", action->ref,
                               core::name(action->tier), file.file()));
    }
    if (action->breaker || rule->breaker || !rule->enabled || allows(root, "no-breaker")) continue;
    if (!said.insert(action->ref).second) continue;
    findings.add("no-breaker", file, file.at("breaker"),
                 fmt::format("{} is {} and has no breaker; {} fires it", action->ref,
                             core::name(action->tier), rule->ref()));
  }
}

}  // namespace countersign::config
