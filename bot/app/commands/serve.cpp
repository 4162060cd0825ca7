// countersign serve: the bot for production.
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>

#include "bot/app/app.h"
#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/app/signals.h"
#include "bot/obs/log.h"

namespace countersign::app {
namespace {

int serve(const std::string& file, std::chrono::seconds grace) {
  block_signals();
  const auto loaded = load_all(file);
  print_problems(loaded.problems);
  if (!loaded.snapshot) return kUsage;
  App app(loaded.snapshot);
  const auto started = app.start([](const std::string& step) { obs::info(step); });
  if (!started) {
    std::cerr << "countersign: " << started.error().message << "\n";
    return kUnreachable;
  }
  obs::info("listening", {{"address", loaded.snapshot->settings.server.address + ":" +
                                          std::to_string(app.port())}});
  const int signal = wait_for_end([&] { log_problems(app.reload()); });
  obs::info("stopping");
  const Impatience another([&] { app.hurry(); });
  app.stop(signal == SIGTERM ? grace : std::chrono::seconds(0));
  return kDone;
}

}  // namespace

void add_serve(CLI::App& cli, int& exit_code) {
  auto* command = cli.add_subcommand("serve", "Run the bot");
  const auto file = std::make_shared<std::string>();
  command->add_option("--config", *file, "Configuration file")->required();
  const auto grace = std::make_shared<int>(20);
  command->add_option("--grace", *grace, "Seconds that actions may go on for after SIGTERM")
      ->capture_default_str()
      ->check(CLI::Range(0, 86'400));
  command->callback(
      [file, grace, &exit_code] { exit_code = serve(*file, std::chrono::seconds(*grace)); });
}

}  // namespace countersign::app
