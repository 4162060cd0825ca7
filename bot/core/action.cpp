#include "bot/core/action.h"

#include <array>

#include "bot/core/table.h"

namespace countersign::core {
namespace {

constexpr std::array kTierNames{"read_only", "mutating", "high_impact"};
constexpr std::array kEffectNames{"read", "idempotent", "once"};
constexpr char kStars[] = "********";

}  // namespace

std::string_view name(Tier tier) { return kTierNames.at(static_cast<std::size_t>(tier)); }
std::string_view name(EffectClass effect) {
  return kEffectNames.at(static_cast<std::size_t>(effect));
}
std::optional<Tier> parse_tier(std::string_view text) { return parse_name<Tier>(kTierNames, text); }
std::optional<EffectClass> parse_effect(std::string_view text) {
  return parse_name<EffectClass>(kEffectNames, text);
}

EffectClass effect_of(const Action& action) {
  if (action.tier == Tier::read_only) return EffectClass::read;
  return action.idempotent ? EffectClass::idempotent : EffectClass::once;
}

Json redact(const Action& action, Json parameters) {
  for (const Parameter& parameter : action.parameters) {
    if (!parameter.secret || !parameters.is_object()) continue;
    const auto given = parameters.find(parameter.name);
    if (given != parameters.end() && !given->is_null()) *given = kStars;
  }
  return parameters;
}

}  // namespace countersign::core
