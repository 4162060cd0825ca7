// A rate limit as a bucket of tokens: it holds `limit` of them, each run takes one, and they come
// back one by one, evenly, so that an empty one is full again after `per`. All that has to be kept
// of it is the moment at which it will be full; the database takes the tokens
// (store/token_buckets.h), this explains what it says.
#pragma once
#include "bot/core/action.h"
#include "bot/core/instant.h"

namespace countersign::core {

// How long one token takes to come back.
Duration token_step(const RateLimit& limit);
// How many are in it now.
int tokens_left(const RateLimit& limit, Instant full_at, Instant now);
// When the next one may be taken: now, or later if it is empty.
Instant next_token_at(const RateLimit& limit, Instant full_at, Instant now);

}  // namespace countersign::core
