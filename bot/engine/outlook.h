// What would be asked about an action if somebody wanted it now. Nothing is run, asked or recorded.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/policy_explain.h"
#include "bot/core/result.h"
#include "bot/engine/snapshot.h"

namespace countersign::engine {

struct Inquiry {
  std::string action;  // by full ref, or by a name that only one pack uses
  Json parameters = Json::object();
  std::string rule;         // ref; empty: a person asks
  std::string environment;  // as an event would name it; empty: unknown, so that it may be any
};

// Borrows from the snapshot.
struct Outlook {
  const core::Action& action;
  const core::Rule* rule;  // null: a person asks
  core::Tier tier;         // after raising by the number of targets
  std::vector<std::string> environments;
  std::vector<std::string> targets;
  std::string unknown_targets;  // why they cannot be told; empty: they can
  core::Explanation why;
};
// An Error names what does not exist, or what is wrong with a parameter. Parameters may be left out
// altogether: then targets are not known.
Result<Outlook> look_ahead(const Snapshot& now, const Inquiry& inquiry);

// By full ref, or by a name that only one pack uses; null: there is none.
const core::Action* find_action(const config::Catalog& catalog, const std::string& name);
// The ref of a rule by its ref, or by a name that only one pack uses; the name itself if none fits.
std::string full_rule(const config::Catalog& catalog, const std::string& name);
// "There is no action X. Did you mean Y?"
std::string unknown_action(const config::Catalog& catalog, const std::string& name);

}  // namespace countersign::engine
