// countersign trace ID: the chain for a correlation id, event, run or approval.
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/reach.h"
#include "bot/engine/chain.h"

namespace countersign::app {
namespace {

struct Flags {
  ReachFlags reach;
  std::string id;
  bool json = false;
};

int trace(const Flags& flags) {
  const auto reference = engine::parse_reference(flags.id);
  if (!reference) {
    std::cerr
        << "countersign: " << flags.id
        << " is no id: write R12 for a run, E7 for an event, or a trace id of 32 hex digits\n";
    return kUsage;
  }
  const auto db = reach_database(flags.reach);
  if (!db) {
    std::cerr << "countersign: " << db.error().message << "\n";
    return db.error().kind == ErrorKind::invalid ? kUsage : kUnreachable;
  }
  const auto chain =
      (*db)->transact("trace", [&](store::Tx& tx) { return engine::load_chain(tx, *reference); });
  if (!chain) {
    std::cerr << "countersign: there is no record of " << flags.id << "\n";
    return kFailed;
  }
  std::cout << (flags.json ? engine::chain_json(*chain).dump(2) + "\n"
                           : engine::chain_text(*chain));
  return kDone;
}

}  // namespace

void add_trace(CLI::App& cli, int& exit_code) {
  auto* command = cli.add_subcommand(
      "trace", "Show everything behind a trace id, an event (E7) or a run (R12)");
  const auto flags = std::make_shared<Flags>();
  command->add_option("id", flags->id, "R12, E7, or a trace id")->required();
  add_reach_flags(*command, flags->reach);
  command->add_flag("--json", flags->json, "Machine-readable");
  command->callback([flags, &exit_code] { exit_code = trace(*flags); });
}

}  // namespace countersign::app
