#include "bot/store/standings.h"

namespace countersign::store {
namespace {

core::Standing standing_of(const Row& r) {
  core::Standing s;
  s.id = {r.number("standing_id")};
  s.approval = {r.number("approval_id")};
  s.rule = r.text("rule");
  s.rule_hash = r.text("rule_hash");
  s.action = r.text("action");
  s.action_hash = r.text("action_hash");
  s.targets = r.texts("targets");
  s.until = r.instant("until");
  s.times = static_cast<int>(r.number("times"));
  s.used = static_cast<int>(r.number("used"));
  const auto state = core::parse_standing_state(r.text("state"));
  if (!state)
    throw StoreError(ErrorKind::internal,
                     "unknown state of a standing approval " + r.text("state"));
  s.state = *state;
  return s;
}

std::vector<core::Standing> standings_of(const Rows& rows) {
  std::vector<core::Standing> out;
  for (const Row r : rows) out.push_back(standing_of(r));
  return out;
}

std::optional<core::Standing> one(const Rows& rows) {
  return rows.empty() ? std::nullopt : std::optional(standing_of(rows[0]));
}

}  // namespace

std::optional<core::StandingId> grant_standing(Tx& tx, const core::Standing& s) {
  const Rows made =
      tx.exec(stmt::grant_standing, {s.approval.value, s.rule, s.rule_hash, s.action, s.action_hash,
                                     text_array(s.targets), s.until, s.times});
  if (made.empty()) return std::nullopt;
  return core::StandingId{made[0].number("standing_id")};
}

std::vector<core::Standing> standings_of_rule(Tx& tx, const std::string& rule) {
  return standings_of(tx.exec(stmt::standings_of_rule, {rule}));
}

std::vector<core::Standing> standings_in_force(Tx& tx, int n) {
  return standings_of(tx.exec(stmt::standings_in_force, {n}));
}

std::optional<core::Standing> find_standing(Tx& tx, core::StandingId id) {
  return one(tx.exec(stmt::find_standing, {id.value}));
}

std::optional<core::Standing> lock_standing(Tx& tx, core::StandingId id) {
  return one(tx.exec(stmt::lock_standing, {id.value}));
}

void use_standing(Tx& tx, core::StandingId id, const core::Run& run) {
  tx.exec(stmt::use_standing, {id.value, run.id.value, run.plan_no});
}

bool standing_used_by(Tx& tx, const core::Run& run) {
  return tx.exec(stmt::standing_used_by, {run.id.value, run.plan_no})[0].flag("used");
}

void revoke_standing(Tx& tx, core::StandingId id, const core::Person& by, const std::string& why) {
  tx.exec(stmt::revoke_standing, {id.value, by.key, by.name, why});
}

}  // namespace countersign::store
