#include "bot/app/reach.h"

#include <algorithm>

#include "bot/app/state_dir.h"
#include "config/settings.h"

namespace countersign::app {

void add_reach_flags(CLI::App& command, ReachFlags& flags) {
  auto* config = command.add_option("--config", flags.config, "Configuration file of the bot");
  command.add_option("--state-dir", flags.state_dir, "State directory of a running demo")
      ->capture_default_str()
      ->excludes(config);
}

CLI::App* add_reaching(CLI::App& group, const char* name, const char* help, ReachFlags& flags,
                       bool& json) {
  auto* command = group.add_subcommand(name, help);
  add_reach_flags(*command, flags);
  command->add_flag("--json", json, "Machine-readable");
  return command;
}

void add_order_flags(CLI::App& command, std::string& as, std::string& reason) {
  command.add_option("--as", as, "Who you are: CHAT:NAME, for example mm:alice")->required();
  command.add_option("--reason", reason, "Why; kept in the record")->required();
}

Result<std::unique_ptr<store::Database>> reach_database(const ReachFlags& flags) {
  std::string url, state_dir = flags.state_dir;
  if (!flags.config.empty()) {
    const auto loaded = config::load_settings(flags.config);
    const auto error = std::ranges::find(loaded.problems, config::Problem::Severity::error,
                                         &config::Problem::severity);
    if (error != loaded.problems.end()) return invalid(error->text());
    state_dir = loaded.settings.state_dir;
    if (loaded.settings.database_url) url = loaded.settings.database_url->reveal();
  }
  if (url.empty()) url = StateDir::noted_database(state_dir);
  if (url.empty())
    return unavailable("no bot has run with the state directory " + state_dir +
                       "; name another with --state-dir, or a configuration with --config");
  auto db = std::make_unique<store::Database>(store::DatabaseOptions{.url = url, .pool = 1});
  std::string why;
  if (!db->reachable(&why))
    return unavailable("the database does not answer (is the bot running?): " + why);
  return db;
}

}  // namespace countersign::app
