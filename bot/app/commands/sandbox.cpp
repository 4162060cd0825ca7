// countersign sandbox: the chat server alone, without bot or database.
#include "adapters/sandbox/sandbox.h"

#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/signals.h"

namespace countersign::app {
namespace {

struct Flags {
  adapters::sandbox::SandboxOptions options;
  bool json = false;
};

int run_sandbox(const Flags& flags) {
  adapters::sandbox::Sandbox sandbox;
  const auto info = sandbox.start(flags.options);
  if (!info) {
    std::cerr << "countersign: " << info.error().message << "\n";
    return kUnreachable;
  }
  if (flags.json) {
    std::cout << Json{{"page", info->base_url + "/"}, {"mattermost", info->json()}}.dump()
              << std::endl;
  } else {
    std::cout << "Sandbox chat at " << info->base_url << "/ (Ctrl-C stops it)" << std::endl;
  }
  wait_for_end([] {});
  sandbox.stop();
  return kDone;
}

}  // namespace

void add_sandbox(CLI::App& cli, int& exit_code) {
  auto* command = cli.add_subcommand("sandbox", "Run the sandbox chat alone");
  const auto flags = std::make_shared<Flags>();
  command->add_option("--port", flags->options.port, "Port; 0 picks a free one")
      ->capture_default_str();
  command->add_option("--snapshot", flags->options.snapshot_file,
                      "File to keep the chat's content in; nothing is kept without it");
  command->add_flag("--json", flags->json, "Print one line of JSON once it is up");
  command->callback([flags, &exit_code] { exit_code = run_sandbox(*flags); });
}

}  // namespace countersign::app
