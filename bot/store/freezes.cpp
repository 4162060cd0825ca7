#include "bot/store/freezes.h"

namespace countersign::store {
namespace {

using Words = std::vector<std::string>;

Json scope_json(const core::PolicyScope& scope) {
  Words tiers;
  for (const core::Tier tier : scope.tiers) tiers.emplace_back(core::name(tier));
  return {{"tiers", tiers},
          {"actions", scope.actions},
          {"rules", scope.rules},
          {"environments", scope.environments},
          {"targets", scope.targets}};
}

core::PolicyScope scope_of(const Json& j) {
  core::PolicyScope scope;
  for (const std::string& word : j.at("tiers").get<Words>()) {
    const auto tier = core::parse_tier(word);
    if (!tier) throw StoreError(ErrorKind::internal, "unknown tier of a freeze");
    scope.tiers.push_back(*tier);
  }
  scope.actions = j.at("actions").get<Words>();
  scope.rules = j.at("rules").get<Words>();
  scope.environments = j.at("environments").get<Words>();
  scope.targets = j.at("targets").get<Words>();
  return scope;
}

}  // namespace

std::vector<FreezeOrder> freeze_orders(Tx& tx) {
  std::vector<FreezeOrder> out;
  for (const Row r : tx.exec(stmt::freeze_orders))
    out.push_back({{r.number("freeze_id")},
                   {r.text("by"), r.text("name")},
                   r.text("why"),
                   scope_of(r.json("scope")),
                   r.instant("at"),
                   r.maybe_instant("until")});
  return out;
}

core::FreezeId begin_freeze(Tx& tx, const FreezeOrder& order) {
  tx.exec(stmt::lock_starts);
  return {tx.exec(stmt::begin_freeze,
                  {order.by.key, order.by.name, order.why, scope_json(order.scope), order.until})[0]
              .number("freeze_id")};
}

bool lift_freeze(Tx& tx, core::FreezeId id, const core::Person& by) {
  return !tx.exec(stmt::lift_freeze, {id.value, by.key, by.name}).empty();
}

}  // namespace countersign::store
