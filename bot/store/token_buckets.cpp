#include "bot/store/token_buckets.h"

#include "bot/core/token_bucket.h"

namespace countersign::store {
namespace {

struct Columns {
  Column names{Column::Of::texts}, steps{Column::Of::numbers}, spans{Column::Of::numbers};
};

Columns columns_of(const std::vector<Bucket>& buckets) {
  Columns out;
  for (const Bucket& bucket : buckets) {
    const auto step = core::token_step(bucket.limit);
    out.names.add_text(bucket.name);
    out.steps.add_number(step.count());
    out.spans.add_number((step * bucket.limit.limit).count());
  }
  return out;
}

}  // namespace

std::optional<EmptyBucket> take_tokens(Tx& tx, const std::vector<Bucket>& buckets) {
  if (buckets.empty()) return std::nullopt;
  const auto [names, steps, spans] = columns_of(buckets);
  const Rows empty = tx.exec(stmt::take_tokens, {names, steps, spans});
  if (empty.empty()) return std::nullopt;
  const Row r = empty[0];
  return EmptyBucket{static_cast<std::size_t>(r.number("which")), r.instant("full_at"),
                     r.instant("at")};
}

void give_tokens_back(Tx& tx, const std::vector<Bucket>& buckets) {
  if (buckets.empty()) return;
  const auto [names, steps, spans] = columns_of(buckets);
  tx.exec(stmt::give_tokens_back, {names, steps});
}

std::int64_t trim_buckets(Tx& tx, int n) { return tx.exec(stmt::trim_buckets, {n}).affected(); }

}  // namespace countersign::store
