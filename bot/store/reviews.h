// What was started by one person alone in an emergency, and whether another one has looked at it
// since.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/ids.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct Review {
  core::ReviewId id;
  core::RunId run;
  core::ApprovalId approval;  // 0: the database has forgotten it
  core::Person by;            // who broke the glass
  std::string why;
  core::Instant at{};
  std::optional<core::Person> closed_by;
  std::optional<core::Instant> closed_at;
  std::string remark;
};

core::ReviewId open_review(Tx& tx, const Review& review);
std::vector<Review> open_reviews(Tx& tx, int n);
std::vector<Review> reviews_of_run(Tx& tx, core::RunId run);
std::optional<Review> lock_review(Tx& tx, core::ReviewId id);
// The caller has locked it and seen that it is open and that this is another person.
void close_review(Tx& tx, core::ReviewId id, const core::Person& by, const std::string& remark);

}  // namespace countersign::store
