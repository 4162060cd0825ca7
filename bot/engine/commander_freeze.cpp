// !freeze and !unfreeze: for a while nothing of a kind begins by itself, in any replica.
#include <algorithm>
#include <map>

#include "bot/core/text_match.h"
#include "bot/core/unicode.h"
#include "bot/engine/commander.h"
#include "bot/engine/freezes.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/freezes.h"

namespace countersign::engine {
namespace {

using Words = std::vector<std::string>;

Commander::Reply refusal(std::string words) {
  return {note(core::Tone::bad, std::move(words)), true, {}};
}

Words between_commas(const std::string& text) {
  Words out;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    if (end > start) out.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

// What an order can be about, by the key it is typed with.
const std::map<std::string, Words core::PolicyScope::*> kKinds{
    {"action", &core::PolicyScope::actions},
    {"rule", &core::PolicyScope::rules},
    {"environment", &core::PolicyScope::environments},
    {"target", &core::PolicyScope::targets}};

Result<std::vector<core::Tier>> tiers_of(const Words& words) {
  std::vector<core::Tier> out;
  for (const std::string& word : words) {
    const auto tier = core::parse_tier(word);
    if (!tier || *tier == core::Tier::read_only)
      return invalid("tier is mutating or high_impact, not " + core::make_visible(word, 40));
    out.push_back(*tier);
  }
  return out;
}

// A slip of the pen in an emergency must not freeze nothing.
Result<void> all_known(const core::PolicyScope& scope, const config::Catalog& catalog) {
  const auto none = [](const std::string& pattern, const Words& refs) {
    return std::ranges::none_of(
        refs, [&](const auto& ref) { return core::wildcard_match(pattern, ref); });
  };
  Words rules, actions;
  for (const core::Rule& rule : catalog.rules) rules.push_back(rule.ref());
  for (const auto& [ref, action] : catalog.actions) actions.push_back(ref);
  for (const std::string& pattern : scope.rules) {
    if (none(pattern, rules))
      return not_found("No rule is called " + core::make_visible(pattern, 80));
  }
  for (const std::string& pattern : scope.actions) {
    if (none(pattern, actions))
      return not_found("No action is called " + core::make_visible(pattern, 80));
  }
  return {};
}

Result<core::PolicyScope> scope_of(const Json& typed, const Snapshot& now) {
  core::PolicyScope scope;
  for (const auto& [key, value] : typed.items()) {
    const Words words = between_commas(value.get<std::string>());
    const auto kind = kKinds.find(key);
    if (kind != kKinds.end()) {
      scope.*kind->second = words;
    } else if (key == "tier") {
      const auto tiers = tiers_of(words);
      if (!tiers) return tiers.error();
      scope.tiers = *tiers;
    } else {
      return invalid(
          "A freeze can be about environment, rule, action, target and tier, not about " +
          core::make_visible(key, 40));
    }
    if (words.empty()) return invalid("Say which " + key);
  }
  const auto production = [](const std::string& name) {
    return core::to_lower(name) == "production";
  };
  if (std::ranges::any_of(scope.environments, production))
    std::ranges::remove_copy_if(now.settings.environments.production,
                                std::back_inserter(scope.environments), production);
  if (const auto known = all_known(scope, *now.catalog); !known) return known.error();
  return scope;
}

// "for 2h environment=production the release is out"
Result<store::FreezeOrder> order_of(const core::Command& command, const Snapshot& now,
                                    core::Instant at) {
  store::FreezeOrder order;
  Words words = command.words;
  if (words.size() > 1 && (words[0] == "for" || words[0] == "until")) {
    order.until = parse_until(words[1], at);
    if (!order.until || *order.until <= at)
      return invalid(
          "I do not understand how long: write for 2h, until 18:00 (UTC) or until "
          "2026-12-24T18:00:00Z");
    words.erase(words.begin(), words.begin() + 2);
  }
  const auto scope = scope_of(command.parameters, now);
  if (!scope) return scope.error();
  order.scope = *scope;
  order.why = join(words, " ");
  if (order.why.empty()) return invalid("Say why: it is shown to everybody who meets the freeze");
  return order;
}

std::string because(const std::string& why) {
  return why.empty() ? "" : ": " + core::make_visible(why, 300);
}

}  // namespace

Commander::Reply Commander::freeze(store::Tx& tx, const Call& call) {
  if (!may_switch(call)) return refusal("Only somebody who holds a role can do that.");
  auto order = order_of(call.command, call.now, tx.now());
  if (!order) return refusal(order.error().message + ".");
  order->by = call.who;
  const std::string id = show(store::begin_freeze(tx, *order));
  const std::string& prefix = call.now.settings.command_prefix;
  core::Line until{core::plain(order->until ? "Until " : "Until somebody lifts it, ")};
  if (order->until) {
    until.push_back(core::time(*order->until));
    until.push_back(core::plain(", "));
  }
  until.push_back(core::plain("rules make no such runs, and what is approved waits. "));
  until.push_back(core::code(prefix + "unfreeze " + id));
  until.push_back(core::plain(" lifts it; break-glass goes past it."));
  switched(tx, call, "freeze.begun", id + " " + order->why,
           note(core::Tone::warning,
                call.who.name + " has frozen " +
                    core::make_visible(core::words(order->scope), 300) + because(order->why),
                {until}));
  return {note(core::Tone::warning, "Frozen (" + id + ")."), false, {}};
}

Commander::Reply Commander::unfreeze(store::Tx& tx, const Call& call) {
  if (!may_switch(call)) return refusal("Only somebody who holds a role can do that.");
  const auto orders = store::freeze_orders(tx);
  auto words = call.command.words;
  auto id = words.empty() ? std::nullopt : parse_freeze(words.front());
  if (id) words.erase(words.begin());
  if (!id && orders.size() == 1) id = orders.front().id;
  if (!id && !orders.empty()) {
    Words ids;
    for (const auto& order : orders) ids.push_back(show(order.id));
    return refusal("Which one? In force are " + join(ids, ", ") + ".");
  }
  if (!id || !store::lift_freeze(tx, *id, call.who))
    return refusal(
        std::string(id ? show(*id) + " is not in force." : "Nobody has frozen anything.") +
        " Freezes of the configuration end by their calendar, or with it.");
  const std::string why = join(words, " ");
  switched(
      tx, call, "freeze.lifted", show(*id) + (why.empty() ? "" : " " + why),
      note(core::Tone::good, call.who.name + " has lifted the freeze " + show(*id) + because(why),
           {{core::plain("What was approved and is not too old starts now.")}}));
  return {note(core::Tone::good, "Lifted."), false, {}};
}

}  // namespace countersign::engine
