#include "bot/core/token_bucket.h"

#include <algorithm>

namespace countersign::core {

Duration token_step(const RateLimit& limit) {
  return std::max(limit.per / limit.limit, Duration(1));
}

int tokens_left(const RateLimit& limit, Instant full_at, Instant now) {
  if (full_at <= now) return limit.limit;
  const auto room = token_step(limit) * limit.limit - (full_at - now);
  return std::max(0, static_cast<int>(room / token_step(limit)));
}

Instant next_token_at(const RateLimit& limit, Instant full_at, Instant now) {
  return std::max(now, full_at - token_step(limit) * (limit.limit - 1));
}

}  // namespace countersign::core
