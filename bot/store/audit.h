// The record: one insert-only row for each thing that was decided or done, in the transaction that did it (I15). It is also the
// trace: `of_correlation` is the story of an event.
#pragma once
#include <string>
#include <vector>

#include "bot/core/ids.h"
#include "bot/core/instant.h"
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

// Key-value of the installation: generated secrets, the halt switch. Insert-or-read: the first writer wins.
std::string setting(Tx& tx, const std::string& name, const std::string& initial);
void set_setting(Tx& tx, const std::string& name, const std::string& value);

}  // namespace countersign::store
