// What is remembered about one person's one-time codes, and how a code is judged by it: it counts
// once, and whoever guesses is locked out.
#pragma once
#include <optional>
#include <string_view>

#include "bot/core/totp.h"

namespace countersign::core {

struct SecondFactor {
  std::int64_t last_step = 0;  // of the latest code that counted
  int failures = 0;            // wrong codes in a row
  std::optional<Instant> locked_until;
  bool operator==(const SecondFactor&) const = default;
};

enum class CodeVerdict { right, wrong, used, locked };
std::string_view name(CodeVerdict verdict);

inline constexpr int kWrongCodes = 5;  // in a row lock it
inline constexpr Duration kCodesLocked = std::chrono::minutes(15);

struct CodeJudgement {
  CodeVerdict verdict = CodeVerdict::wrong;
  SecondFactor after;
};
// While it is locked no code is looked at, and none prolongs it.
CodeJudgement judge_code(const SecondFactor& before, const TotpKey& key, std::string_view code,
                         Instant now);

}  // namespace countersign::core
