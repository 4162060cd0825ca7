#include "bot/core/retry.h"

#include <algorithm>
#include <array>

#include "bot/core/action.h"
#include "bot/core/table.h"

namespace countersign::core {
namespace {

constexpr std::array kOutcomeNames{"ok", "failed", "not_applied", "ambiguous"};
constexpr int kMostDoublings = 20;  // beyond every cap there is

}  // namespace

std::string_view name(OutcomeClass outcome) {
  return kOutcomeNames.at(static_cast<std::size_t>(outcome));
}
std::optional<OutcomeClass> parse_outcome(std::string_view text) {
  return parse_name<OutcomeClass>(kOutcomeNames, text);
}

void to_json(Json& j, const Retry& retry) {
  Json on = Json::array();
  for (const OutcomeClass outcome : retry.on) on.push_back(name(outcome));
  j = {{"attempts", retry.attempts},
       {"base", format_duration(retry.base)},
       {"cap", format_duration(retry.cap)},
       {"on", on}};
}

void from_json(const Json& j, Retry& retry) {
  const auto length = [&](const char* key) {
    return parse_duration(j.at(key).get<std::string>()).value_or(Duration(0));
  };
  retry = {j.at("attempts").get<int>(), length("base"), length("cap"), {}};
  for (const auto& word : j.at("on")) {
    if (const auto outcome = parse_outcome(word.get<std::string>())) retry.on.push_back(*outcome);
  }
}

bool repeatable(EffectClass effect, OutcomeClass outcome) {
  if (outcome == OutcomeClass::ok) return false;
  return outcome == OutcomeClass::not_applied || effect != EffectClass::once;
}

Duration backoff(int attempt, Duration base, Duration cap) {
  return std::min(cap, base * (std::int64_t{1} << std::clamp(attempt - 1, 0, kMostDoublings)));
}

}  // namespace countersign::core
