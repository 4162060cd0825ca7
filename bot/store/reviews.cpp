#include "bot/store/reviews.h"

#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

Review review_of(const Row& r) {
  Review out;
  out.id = {r.number("review_id")};
  out.run = {r.number("run_id")};
  out.approval = id_of<core::ApprovalId>(r, "approval_id");
  out.by = {r.text("by"), r.text("name")};
  out.why = r.text("why");
  out.at = r.instant("at");
  if (!r.is_null("closed_by"))
    out.closed_by = core::Person{r.text("closed_by"), r.text("closed_name")};
  out.closed_at = r.maybe_instant("closed_at");
  out.remark = r.text_or("remark", "");
  return out;
}

std::vector<Review> reviews_of(const Rows& rows) {
  std::vector<Review> out;
  for (const Row r : rows) out.push_back(review_of(r));
  return out;
}

}  // namespace

core::ReviewId open_review(Tx& tx, const Review& review) {
  return {tx.exec(stmt::open_review, {review.run.value, id_param(review.approval), review.by.key,
                                      review.by.name, review.why})[0]
              .number("review_id")};
}

std::vector<Review> open_reviews(Tx& tx, int n) {
  return reviews_of(tx.exec(stmt::open_reviews, {n}));
}

std::vector<Review> reviews_of_run(Tx& tx, core::RunId run) {
  return reviews_of(tx.exec(stmt::reviews_of_run, {run.value}));
}

std::optional<Review> lock_review(Tx& tx, core::ReviewId id) {
  const Rows found = tx.exec(stmt::lock_review, {id.value});
  return found.empty() ? std::nullopt : std::optional(review_of(found[0]));
}

void close_review(Tx& tx, core::ReviewId id, const core::Person& by, const std::string& remark) {
  tx.exec(stmt::close_review, {id.value, by.key, by.name, remark});
}

}  // namespace countersign::store
