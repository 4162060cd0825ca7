// How a try can end, and whether, when and how often another one follows.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/json.h"

namespace countersign::core {

enum class EffectClass;  // action.h

enum class OutcomeClass { ok, failed, not_applied, ambiguous };
std::string_view name(OutcomeClass outcome);
std::optional<OutcomeClass> parse_outcome(std::string_view text);

// As an action asks for it.
struct Retry {
  int attempts = 3;                         // in all
  Duration base = std::chrono::seconds(2);  // before the second try; doubled with each further one
  Duration cap = std::chrono::minutes(5);
  std::vector<OutcomeClass> on = {OutcomeClass::not_applied, OutcomeClass::ambiguous};
  bool operator==(const Retry&) const = default;
};
void to_json(Json& j, const Retry& retry);
void from_json(const Json& j, Retry& retry);

// Whether a try that ended so may be followed by another under the same key, whatever anybody asks
// for: only where it is proven that nothing was done, or a repeat is harmless (I12, I13).
bool repeatable(EffectClass effect, OutcomeClass outcome);

// After that many tries, before jitter: exponential from `base` to `cap`.
Duration backoff(int attempt, Duration base = Retry{}.base, Duration cap = Retry{}.cap);

}  // namespace countersign::core
