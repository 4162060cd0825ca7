#include "bot/engine/freezes.h"

#include <algorithm>

#include "bot/engine/plan_maker.h"
#include "bot/engine/refs.h"
#include "bot/store/freezes.h"

namespace countersign::engine {

std::vector<FreezeInForce> freezes_in_force(store::Tx& tx, const Snapshot& now) {
  std::vector<FreezeInForce> out;
  for (const store::FreezeOrder& order : store::freeze_orders(tx))
    out.push_back({show(order.id), order.why, order.scope, order.until, order.id, order.by});
  if (now.settings.freezes.empty()) return out;
  const core::Instant at = tx.now();
  for (const core::Freeze& freeze : now.settings.freezes) {
    if (const auto until = core::in_force_until(freeze, at))
      out.push_back({freeze.name, freeze.reason, freeze.scope, until, {}, {}});
  }
  return out;
}

std::optional<FreezeInForce> frozen_by(store::Tx& tx, const Snapshot& now, const core::Wish& wish) {
  if (wish.tier == core::Tier::read_only) return std::nullopt;
  const auto all = freezes_in_force(tx, now);
  const auto found = std::ranges::find_if(
      all, [&](const FreezeInForce& one) { return core::freezes(one.scope, wish); });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

std::optional<FreezeInForce> frozen_by(store::Tx& tx, const Snapshot& now, const core::Run& run,
                                       const std::optional<core::Approval>& approval) {
  const bool glass = approval && approval->broken_glass;
  if (glass || run.effect == core::EffectClass::read) return std::nullopt;
  return frozen_by(tx, now, wish_for(now, run));
}

std::string lift_words(const FreezeInForce& freeze, const std::string& prefix) {
  if (freeze.order) return prefix + "unfreeze " + freeze.name + " lifts it";
  return "It stands in the configuration, which alone can end it sooner";
}

std::string freeze_words(const FreezeInForce& freeze) {
  return "freeze " + freeze.name +
         (freeze.reason.empty() ? "" : " (" + core::make_visible(freeze.reason, 200) + ")") +
         (freeze.until ? ", until " + core::format_instant(*freeze.until)
                       : ", until somebody lifts it");
}

core::Line freeze_line(const FreezeInForce& freeze, const std::string& prefix) {
  core::Line line{core::bold(freeze.name)};
  if (freeze.order) {
    line.push_back(core::plain(" by "));
    line.push_back(core::person(freeze.by.key, freeze.by.name));
  }
  if (!freeze.reason.empty())
    line.push_back(core::plain(": " + core::make_visible(freeze.reason, 200)));
  line.push_back(
      core::plain(". It is about " + core::make_visible(core::words(freeze.scope), 200)));
  if (freeze.until) {
    line.push_back(core::plain(", until "));
    line.push_back(core::time(*freeze.until));
  }
  line.push_back(core::plain(". " + lift_words(freeze, prefix) + "."));
  return line;
}

}  // namespace countersign::engine
