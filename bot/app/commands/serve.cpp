// countersign serve: the bot for production.
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

int serve(const std::string& file) {
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
  wait_for_end([&] { log_problems(app.reload()); });
  obs::info("stopping");
  app.stop();
  return kDone;
}

}  // namespace

void add_serve(CLI::App& cli, int& exit_code) {
  auto* command = cli.add_subcommand("serve", "Run the bot");
  const auto file = std::make_shared<std::string>();
  command->add_option("--config", *file, "Configuration file")->required();
  command->callback([file, &exit_code] { exit_code = serve(*file); });
}

}  // namespace countersign::app
