// The record: one insert-only row for each thing that was decided or done, in the transaction that did it (I15). It is also the
// trace: `of_correlation` is the story of an event.
#pragma once
#include <string>
#include <vector>

#include "bot/core/ids.h"
#include "bot/core/instant.h"
#include "bot/store/dead_letters.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct AuditRow {
  std::string actor;   // person key, "replica:<id>", "clock", "cli:<user>"
  std::string kind;    // "event.accepted", "run.intent", "approval.vote", ...
  std::string ref;     // "run:12"
  core::CorrelationId correlation;
  Json body = Json::object();
  core::Instant at{};
};
void add_audit(Tx& tx, const AuditRow& row);
std::vector<AuditRow> audit_of_correlation(Tx& tx, const core::CorrelationId& id);  // oldest first

// Chains what was written since the last seal and can no longer change (I17). False: nothing new. To be called now and then.
bool seal_audit(Tx& tx);
struct SealProblem {
  std::int64_t seal = 0;
  std::string what;
};
std::vector<SealProblem> verify_audit(Tx& tx);  // empty: every sealed row is as it was

// Key-value of the installation: generated secrets, the halt switch. Insert-or-read: the first writer wins.
std::string setting(Tx& tx, const std::string& name, const std::string& initial);
void set_setting(Tx& tx, const std::string& name, const std::string& value);

// Housekeeping, safe to do often and by several replicas: partitions for the days to come, expired delivery keys removed.
void upkeep(Tx& tx);
// The second half alone, one portion; true: there may be more.
bool trim_delivery_keys(Tx& tx);

}  // namespace countersign::store
