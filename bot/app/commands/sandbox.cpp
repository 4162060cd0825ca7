// countersign sandbox: the chat servers alone, without bot or database.
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
  block_signals();
  adapters::sandbox::Sandbox sandbox;
  const auto info = sandbox.start(flags.options);
  if (!info) {
    std::cerr << "countersign: " << info.error().message << "\n";
    return kUnreachable;
  }
  if (flags.json) {
    std::cout << Json{{"page", info->base_url + "/"},
                      {"mattermost", info->json()},
                      {"slack", info->slack_json()}}
                     .dump()
              << std::endl;
  } else {
    std::cout << "Sandbox chats: like Mattermost at " << info->base_url << "/, like Slack at "
              << info->slack.page << " (Ctrl-C stops them)" << std::endl;
  }
  wait_for_end([] {});
  sandbox.stop();
  return kDone;
}

}  // namespace

void add_sandbox(CLI::App& cli, int& exit_code) {
  auto* command = cli.add_subcommand("sandbox", "Run the sandbox chats alone");
  const auto flags = std::make_shared<Flags>();
  command->add_option("--port", flags->options.port, "Port; 0 picks a free one")
      ->capture_default_str();
  command->add_option("--slack-port", flags->options.slack_port,
                      "Port of the chat like Slack; 8066, or a free one with --port 0");
  command->add_option("--snapshot", flags->options.snapshot_file,
                      "File to keep the chat's content in (with .slack for the other); "
                      "nothing is kept without it");
  command->add_flag("--json", flags->json, "Print one line of JSON once it is up");
  command->callback([flags, &exit_code] { exit_code = run_sandbox(*flags); });
}

}  // namespace countersign::app
