// Packs as StackStorm lays them out: pack.yaml, rules/, actions/. Loads everything and reports all problems at once.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bot/core/action.h"
#include "bot/core/rule.h"
#include "config/problem.h"
#include "config/settings.h"

namespace countersign::config {

// One consistent set of rules and actions: what is in force. Immutable, shared, replaced as a whole on reload.
struct Catalog {
  std::vector<core::Rule> rules;               // sorted by ref
  std::map<std::string, core::Action> actions; // by ref
  const core::Rule* rule(const std::string& ref) const;
  const core::Action* action(const std::string& ref) const;  // also the program's own (own_actions.h)
};

// How closely rules are looked at (config/lint). What is dangerous is always an error; what is doubtful is said to whoever asks for it.
struct Scrutiny {
  bool doubts = false;
  core::Instant now{};  // what lies before it is over; nothing is judged by the epoch
};

struct LoadedCatalog {
  std::shared_ptr<const Catalog> catalog;  // complete only if !has_errors(problems)
  Problems problems;
};

// Checks across files too: unknown actions (naming the nearest), duplicate names, parameters the action does not have,
// a mutating action without a rate limit, roles that do not exist, templates that do not parse.
LoadedCatalog load_catalog(const Settings& settings, const Scrutiny& scrutiny = {});

// One rule file's text.
struct LoadedRule {
  core::Rule rule;
  Problems problems;
};
LoadedRule parse_rule(const std::string& yaml, const std::string& file, const std::string& default_pack);

// One action metadata file's text; `folder` is the pack's.
struct LoadedAction {
  core::Action action;
  Problems problems;
};
LoadedAction parse_action(const std::string& yaml, const std::string& file, const std::string& folder,
                          const std::string& default_pack);

}  // namespace countersign::config
