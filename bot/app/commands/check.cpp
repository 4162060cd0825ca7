// countersign check: loads everything, connects to nothing, reports every error and warning.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "config/freezes.h"

namespace countersign::app {
namespace {

struct Flags {
  std::string file;
  bool json = false;
};

Json as_json(const config::Problem& p) {
  return {{"severity", p.severity == config::Problem::Severity::error ? "error" : "warning"},
          {"file", p.file},
          {"line", p.line},
          {"key", p.key},
          {"message", p.message}};
}

int check(const Flags& flags) {
  auto loaded = load_all(flags.file);
  if (loaded.snapshot) {
    const auto now = std::chrono::floor<core::Duration>(std::chrono::system_clock::now());
    std::ranges::copy(config::over_by(loaded.snapshot->settings, now),
                      std::back_inserter(loaded.problems));
  }
  const auto errors = std::ranges::count(loaded.problems, config::Problem::Severity::error,
                                         &config::Problem::severity);
  if (flags.json) {
    Json problems = Json::array();
    for (const auto& p : loaded.problems) problems.push_back(as_json(p));
    std::cout << Json{{"ok", errors == 0}, {"problems", problems}}.dump(2) << "\n";
    return errors == 0 ? kDone : kUsage;
  }
  print_problems(loaded.problems);
  if (errors > 0) {
    std::cerr << errors << (errors == 1 ? " error\n" : " errors\n");
    return kUsage;
  }
  const auto& catalog = *loaded.snapshot->catalog;
  std::cout << flags.file << " is fine: " << loaded.snapshot->settings.sources.size()
            << " sources, " << loaded.snapshot->settings.chats.size() << " chats, "
            << catalog.rules.size() << " rules, " << catalog.actions.size() << " actions\n";
  return kDone;
}

}  // namespace

void add_check(CLI::App& cli, int& exit_code) {
  auto* command = cli.add_subcommand(
      "check", "Load configuration, packs, rules and actions; report every problem");
  const auto flags = std::make_shared<Flags>();
  command->add_option("--config", flags->file, "Configuration file")->required();
  command->add_flag("--json", flags->json, "Machine-readable");
  command->callback([flags, &exit_code] { exit_code = check(*flags); });
}

}  // namespace countersign::app
