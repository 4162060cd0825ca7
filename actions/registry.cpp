#include "actions/registry.h"

#include <utility>

namespace countersign::actions {

void Runners::add(std::unique_ptr<core::Runner> runner) {
  std::string kind(runner->kind());
  runners_.insert_or_assign(std::move(kind), std::move(runner));
}

core::Runner* Runners::find(std::string_view kind) const {
  const auto found = runners_.find(kind);
  return found == runners_.end() ? nullptr : found->second.get();
}

Result<void> Runners::check(const core::Action& action) const {
  if (const core::Runner* runner = find(action.runner)) return runner->check(action);
  std::string known;
  for (const auto& [kind, runner] : runners_) known += (known.empty() ? "" : ", ") + kind;
  return invalid("there is no runner '" + action.runner + "'; there are: " + known);
}

}  // namespace countersign::actions
