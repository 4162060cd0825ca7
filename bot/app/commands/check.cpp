// countersign check: loads everything, connects to nothing, reports every error and warning, and
// what is doubtful about the rules.
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
  bool strict = false;  // warnings are failures
};

Json as_json(const config::Problem& p) {
  Json out = {{"severity", p.severity == config::Problem::Severity::error ? "error" : "warning"},
              {"file", p.file},
              {"line", p.line},
              {"key", p.key},
              {"message", p.message}};
  if (!p.lint.empty()) out["lint"] = p.lint;
  if (!p.mend.empty()) out["mend"] = p.mend;
  return out;
}

std::string counted(std::ptrdiff_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

void say_fine(const Flags& flags, const LoadedAll& loaded, std::ptrdiff_t warnings) {
  const auto& catalog = *loaded.snapshot->catalog;
  std::cout << flags.file << " is fine: " << loaded.snapshot->settings.sources.size()
            << " sources, " << loaded.snapshot->settings.chats.size() << " chats, "
            << catalog.rules.size() << " rules, " << catalog.actions.size() << " actions"
            << (warnings > 0 ? "; " + counted(warnings, "warning") : "") << "\n";
}

int check(const Flags& flags) {
  const auto now = std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
  auto loaded = load_all(flags.file, {true, now});
  if (loaded.snapshot)
    std::ranges::copy(config::over_by(loaded.snapshot->settings, now),
                      std::back_inserter(loaded.problems));
  const auto errors = std::ranges::count(loaded.problems, config::Problem::Severity::error,
                                         &config::Problem::severity);
  const auto warnings = std::ranges::ssize(loaded.problems) - errors;
  const bool ok = errors == 0 && (warnings == 0 || !flags.strict);
  if (flags.json) {
    Json problems = Json::array();
    for (const auto& p : loaded.problems) problems.push_back(as_json(p));
    std::cout << Json{{"ok", ok},
                      {"errors", errors},
                      {"warnings", warnings},
                      {"problems", problems}}
                     .dump(2)
              << "\n";
    return ok ? kDone : kUsage;
  }
  print_problems(loaded.problems);
  if (ok) {
    say_fine(flags, loaded, warnings);
    return kDone;
  }
  std::cerr << counted(errors, "error");
  if (warnings > 0) std::cerr << ", " << counted(warnings, "warning");
  std::cerr << (errors == 0 ? ", which --strict does not let pass\n" : "\n");
  return kUsage;
}

}  // namespace

void add_check(CLI::App& cli, int& exit_code) {
  auto* command = cli.add_subcommand(
      "check", "Load configuration, packs, rules and actions; report every problem");
  const auto flags = std::make_shared<Flags>();
  command->add_option("--config", flags->file, "Configuration file")->required();
  command->add_flag("--json", flags->json, "Machine-readable");
  command->add_flag("--strict", flags->strict, "Fail on warnings, too");
  command->callback([flags, &exit_code] { exit_code = check(*flags); });
}

}  // namespace countersign::app
