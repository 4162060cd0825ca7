// Buckets of tokens, one for each name, shared by all replicas (core/token_bucket.h). What is
// taken in a transaction that rolls back was never taken.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/action.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct Bucket {
  std::string name;
  core::RateLimit limit;
};
struct EmptyBucket {
  std::size_t which = 0;    // of those that were named
  core::Instant full_at{};  // when all of its tokens are back, if none is taken meanwhile
  core::Instant now{};
};

// One token from each of them, or none from any: then the first that is empty. Waits for others who
// take from the same ones and have not committed.
std::optional<EmptyBucket> take_tokens(Tx& tx, const std::vector<Bucket>& buckets);
// Taken in this transaction and not needed after all.
void give_tokens_back(Tx& tx, const std::vector<Bucket>& buckets);
// Full ones are as good as none. At most n; how many went.
std::int64_t trim_buckets(Tx& tx, int n);

}  // namespace countersign::store
