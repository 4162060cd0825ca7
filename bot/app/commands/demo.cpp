// countersign demo: everything on one machine, nothing to set up.
#include "bot/app/demo.h"

#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/signals.h"

namespace countersign::app {
namespace {

struct Flags {
  DemoOptions options;
  bool json = false;
};

int run_demo(const Flags& flags) {
  block_signals();
  Demo demo(flags.options);
  const auto started = demo.start([](const std::string& step) { std::cerr << step << std::endl; });
  if (!started) {
    std::cerr << "countersign: " << started.error().message << "\n";
    return kUnreachable;
  }
  std::cout << (flags.json ? demo.json().dump() + "\n" : demo.text()) << std::flush;
  wait_for_end([&] { demo.reload(); });
  std::cerr << "stopping ..." << std::endl;
  demo.stop();
  return kDone;
}

}  // namespace

void add_demo(CLI::App& cli, int& exit_code) {
  auto* command =
      cli.add_subcommand("demo", "Try everything on this machine: sandbox chat, bot and database");
  const auto flags = std::make_shared<Flags>();
  command->add_option("--port", flags->options.port, "Port of the bot's server; 0 picks free ones")
      ->capture_default_str();
  command->add_option("--state-dir", flags->options.state_dir, "Where data is kept")
      ->capture_default_str();
  command->add_option("--chat", flags->options.chat, "Which chat the bot lives in")
      ->check(CLI::IsMember({"mattermost", "slack", "both"}))
      ->capture_default_str();
  command->add_flag("--json", flags->json, "Print one line of JSON once everything is up");
  command->callback([flags, &exit_code] { exit_code = run_demo(*flags); });
}

}  // namespace countersign::app
