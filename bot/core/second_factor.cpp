#include "bot/core/second_factor.h"

#include <array>

namespace countersign::core {

std::string_view name(CodeVerdict verdict) {
  constexpr std::array<std::string_view, 4> names{"right", "wrong", "used", "locked"};
  return names.at(static_cast<std::size_t>(verdict));
}

CodeJudgement judge_code(const SecondFactor& before, const TotpKey& key, std::string_view code,
                         Instant now) {
  SecondFactor after = before;
  if (before.locked_until) {
    if (now < *before.locked_until) return {CodeVerdict::locked, before};
    after.locked_until.reset();
    after.failures = 0;
  }
  const auto step = step_of_code(key, code, now);
  if (step && *step <= before.last_step) return {CodeVerdict::used, after};
  if (step) {
    after.last_step = *step;
    after.failures = 0;
    return {CodeVerdict::right, after};
  }
  if (++after.failures >= kWrongCodes) after.locked_until = now + kCodesLocked;
  return {CodeVerdict::wrong, after};
}

}  // namespace countersign::core
