// !status, !pending and !help: what is going on, what waits for whom, what can be asked.
#include <algorithm>
#include <array>
#include <string_view>

#include "bot/engine/commander.h"
#include "bot/engine/overview.h"
#include "bot/store/approvals.h"
#include "bot/store/dead_letters.h"
#include "bot/store/durability.h"
#include "bot/store/outbox.h"
#include "bot/store/runs.h"
#include "bot/store/standings.h"

namespace countersign::engine {
namespace {

// What the list of all commands only names: it has to fit on a phone.
constexpr std::array<std::string_view, 16> kRare{
    "why-not",  "retry",   "discard", "revoke",   "close",   "resume", "enrol",   "backtest",
    "demote",   "replay",  "rules",   "promote",  "freeze",  "unfreeze", "breaker", "release"};
constexpr int kOpen = 100;  // looked at; more than anybody reads

Overview overview_of(store::Tx& tx, const Snapshot& now) {
  using R = core::RunState;
  Overview o;
  o.prefix = now.settings.command_prefix;
  o.open = store::runs_in_states(
      tx,
      {R::planned, R::awaiting_approval, R::ready, R::claimed, R::executing, R::unknown, R::held},
      kOpen);
  std::ranges::reverse(o.open);  // who has waited longest comes first
  o.approvals = store::pending_approvals(tx, kOpen);
  o.runs = store::count_runs_by_state(tx);
  o.events_waiting = store::queue_depth(tx);
  o.dead_letters = store::count_dead_letters(tx);
  o.replicas = store::live_replicas(tx);
  o.durability = store::promised_durability(tx);
  o.halt = store::halt_in_force(tx);
  o.freezes = freezes_in_force(tx, now);
  o.breakers = RuleBreakers::open(tx, now);
  o.standings = store::standings_in_force(tx, static_cast<int>(Overview::kShown));
  o.reviews = store::open_reviews(tx, static_cast<int>(Overview::kShown));
  o.rules = now.catalog->rules.size();
  o.actions = now.catalog->actions.size();
  return o;
}

}  // namespace

Commander::Reply Commander::status(store::Tx& tx, const Call& call) {
  return {status_message(overview_of(tx, call.now)), false, {}};
}

Commander::Reply Commander::pending(store::Tx& tx, const Call& call) {
  return {pending_message(overview_of(tx, call.now)), false, {}};
}

Commander::Reply Commander::help(store::Tx&, const Call& call) {
  std::vector<CommandHelp> commands;
  for (const auto& verb : verbs()) {
    const bool rare = std::ranges::find(kRare, std::string_view(verb.name)) != kRare.end();
    commands.push_back({verb.name, verb.usage, verb.summary, rare});
  }
  return {help_message(call.now.settings.command_prefix, commands, *call.now.catalog,
                       call.command.words),
          false,
          {}};
}

}  // namespace countersign::engine
