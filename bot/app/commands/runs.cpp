// countersign runs list|show|cancel: what ran and runs; ending one, by whoever might in the chat.
#include <iostream>
#include <memory>

#include "bot/app/approval_view.h"
#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/outpost.h"
#include "bot/engine/chain.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/engine/voting.h"

namespace countersign::app {
namespace {

struct Flags {
  ReachFlags reach;
  std::string id, as, reason;
  std::vector<std::string> states;
  int most = 50;
  bool json = false;
};

Result<std::vector<core::RunState>> states_of(const Flags& flags) {
  std::vector<core::RunState> states;
  for (const auto& word : flags.states) {
    const auto state = core::parse_run_state(word);
    if (!state) return invalid("there is no state " + word);
    states.push_back(*state);
  }
  if (!states.empty()) return states;
  for (int i = 0; i < core::kRunStates; ++i) states.push_back(static_cast<core::RunState>(i));
  return states;
}

int list(const Flags& flags) {
  const auto states = states_of(flags);
  if (!states) return complain(states.error());
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  const auto runs = (*db)->transact(
      "runs", [&](store::Tx& tx) { return store::runs_in_states(tx, *states, flags.most); });
  Json out = Json::array();
  for (const auto& run : runs) {
    out.push_back(run_json(run));
    if (flags.json) continue;
    const std::string targets = run.plan ? engine::join(run.plan->targets, ", ") : "";
    std::cout << engine::show(run.id) << "  " << core::format_instant(run.updated_at) << "  "
              << core::name(run.state) << "  " << core::make_visible(run.action, 200)
              << (targets.empty() ? "" : " on " + core::make_visible(targets, 200)) << "\n";
  }
  if (flags.json) std::cout << out.dump(2) << "\n";
  return kDone;
}

core::RunId run_of(const Flags& flags) {
  const auto reference = engine::parse_reference(flags.id);
  return reference ? reference->run : core::RunId{};
}

int show(const Flags& flags) {
  const auto id = run_of(flags);
  if (!id) return complain(flags.id + " is no run: write R12", kUsage);
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  const auto chain = (*db)->transact("run", [&](store::Tx& tx) {
    return engine::load_chain(tx, {id, {}, {}}, true);
  });
  if (!chain) return complain("there is no run " + engine::show(id), kFailed);
  std::cout << (flags.json ? engine::chain_json(*chain).dump(2) + "\n"
                           : engine::chain_text(*chain));
  return kDone;
}

int cancel(const Flags& flags, Outpost& outpost) {
  const auto id = run_of(flags);
  if (!id) return complain(flags.id + " is no run: write R12", kUsage);
  const auto who = outpost.person(flags.as);
  if (!who) return complain(who.error());
  engine::Voting voting(outpost.deps());
  const auto electorate = voting.electorate_of(id);
  const auto done = outpost.deps().db.transact("cancel", [&](store::Tx& tx) {
    return voting.withdraw(tx, id, *who, core::make_visible(flags.reason, 500), electorate);
  });
  if (!done) return complain(done.error());
  const auto run =
      outpost.deps().db.transact("run", [&](store::Tx& tx) { return store::find_run(tx, id); });
  if (flags.json) {
    std::cout << run_json(*run).dump(2) << "\n";
  } else {
    std::cout << engine::show(id) << " is " << engine::state_words(run->state)
              << (run->stop ? ", and told to end" : "") << "\n";
  }
  return kDone;
}

}  // namespace

void add_runs(CLI::App& cli, int& exit_code) {
  auto* all = cli.add_subcommand("runs", "List and show runs; cancel one");
  all->require_subcommand(1);
  const auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* help) {
    return add_reaching(*all, name, help, flags->reach, flags->json);
  };
  auto* listing = add("list", "The newest first");
  listing->add_option("--state", flags->states, "Only these, for example awaiting_approval");
  listing->add_option("--most", flags->most, "No more than so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  listing->callback([flags, &exit_code] { exit_code = list(*flags); });
  auto* one = add("show", "Everything about one, and why it ran");
  one->add_option("id", flags->id, "R12")->required();
  one->callback([flags, &exit_code] { exit_code = show(*flags); });
  auto* ending = add("cancel", "Withdraw one, or tell it to end");
  ending->add_option("id", flags->id, "R12")->required();
  add_order_flags(*ending, flags->as, flags->reason);
  ending->callback([flags, &exit_code] {
    exit_code =
        from_outpost(flags->reach, [&](Outpost& outpost) { return cancel(*flags, outpost); });
  });
}

}  // namespace countersign::app
