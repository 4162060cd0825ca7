// Why a demand is what it is: where each part of it comes from, and which policies have no say.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bot/core/policy.h"

namespace countersign::core {

struct Explanation {
  struct Misfit {
    std::string policy;
    std::string why;  // the first reason: "is for tiers high_impact, and this is mutating"
  };

  Demand demand;
  // By part, only what is asked for: four_eyes, separate_teams, step_up, expires, use_within,
  // cooldown, remind, quiet_hours. All that want it so: "tier high_impact", "policy production".
  std::map<std::string, std::vector<std::string>> sources;
  std::vector<std::string> fitting;  // names of policies
  std::vector<Misfit> misfits;
};

Explanation explain(const Wish& wish, const PolicyBook& book);

}  // namespace countersign::core
