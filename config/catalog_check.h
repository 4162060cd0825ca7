// What can only be checked with everything loaded: references between files and to the
// configuration.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>

#include "config/packs.h"
#include "config/reader.h"

namespace countersign::config {

class CatalogCheck {
 public:
  // `broken` actions have been reported and are not judged again.
  CatalogCheck(const Settings& settings, const std::map<std::string, core::Action>& actions,
               const std::set<std::string>& broken);

  void check_action(const core::Action& action, const Reader& root) const;
  // Also removes a `dry_run: true` that the action knows nothing of: it has set the rule's mode.
  void check_rule(core::Rule& rule, const Reader& root) const;
  // A policy that can be about nothing of all this protects nothing.
  void check_policies(const std::vector<core::Rule>& rules, Problems& problems) const;
  // Likewise a freeze that can be about nothing.
  void check_freezes(const std::vector<core::Rule>& rules, Problems& problems) const;

 private:
  // It may be about something that is loaded.
  bool may_fit(const core::PolicyScope& scope, const std::vector<core::Rule>& rules) const;
  // Somebody may be asked where it applies.
  bool may_ask(const core::Policy& policy, const std::vector<core::Rule>& rules) const;
  void check_parameters(core::Rule& rule, const core::Action& action, const Reader& given) const;
  void check_follow_up(const core::Action& action, const std::optional<core::FollowUp>& next,
                       const Reader& given) const;
  void check_roles(const Reader& roles) const;
  void check_notify(const Reader& notify) const;
  void check_approval(const core::Rule& rule, const core::Action& action, const Reader& root) const;

  const Settings& settings_;
  const std::map<std::string, core::Action>& actions_;
  const std::set<std::string>& broken_;
};

}  // namespace countersign::config
