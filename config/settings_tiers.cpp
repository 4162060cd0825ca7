// What each tier demands: the defaults, which the configuration may only make stricter.
#include <fmt/format.h>

#include "config/sections.h"

namespace countersign::config {
namespace {

constexpr int kMostApprovals = 20;

core::Duration shorter(const Reader& reader, core::Tier tier, core::Duration longest) {
  const core::Duration given = reader.duration(longest);
  if (given <= longest) return given;
  reader.error(fmt::format("may only be raised: {} demands at most {}", core::name(tier),
                           core::format_duration(longest)));
  return longest;
}

core::TierPolicy raised(const Reader& reader, core::Tier tier, const core::TierPolicy& least) {
  core::TierPolicy out = least;
  reader.map_of({"approvals", "requester_counts", "expires", "use_within", "step_up"});
  const Reader approvals = reader.at("approvals");
  out.approvals = static_cast<int>(approvals.number(0, kMostApprovals, least.approvals));
  if (out.approvals < least.approvals) {
    approvals.error(fmt::format("may only be raised: {} demands at least {}", core::name(tier),
                                least.approvals));
  }
  const Reader counts = reader.at("requester_counts");
  out.requester_counts = counts.flag(least.requester_counts);
  if (out.requester_counts && !least.requester_counts) {
    counts.error(fmt::format("may only be raised: {} demands people other than the requester",
                             core::name(tier)));
  }
  out.expires_in = shorter(reader.at("expires"), tier, least.expires_in);
  out.use_within = shorter(reader.at("use_within"), tier, least.use_within);
  const Reader step_up = reader.at("step_up");
  out.step_up = step_up.flag(least.step_up);
  if (least.step_up && !out.step_up)
    step_up.error(fmt::format("may only be raised: {} demands one-time codes", core::name(tier)));
  if (out.step_up && out.approvals == 0)
    step_up.warning(
        fmt::format("counts only where a rule or a policy asks somebody: {} by itself "
                    "asks nobody",
                    core::name(tier)));
  return out;
}

}  // namespace

core::TierPolicies read_tiers(const Reader& tiers) {
  core::TierPolicies policies = core::default_tiers();
  std::vector<std::string> known;
  for (const auto& [tier, policy] : policies) known.emplace_back(core::name(tier));
  tiers.map_of(known);
  for (auto& [tier, policy] : policies) {
    policy = raised(tiers.at(std::string(core::name(tier))), tier, policy);
  }
  return policies;
}

}  // namespace countersign::config
