// countersign slack manifest: what to paste into Slack to create the app.
#include <iostream>
#include <memory>

#include "adapters/slack/manifest.h"
#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"

namespace countersign::app {
namespace {

using adapters::slack::ManifestOptions;

constexpr std::string_view kSteps =
    "\nTo create the app: https://api.slack.com/apps > Create New App > From a manifest, choose "
    "the "
    "workspace, paste\nwhat stands above. Then:\n"
    "  1. Install the app to the workspace; its Bot User OAuth Token (xoxb-…) is the bot_token.\n"
    "  2. Basic Information > App-Level Tokens: make one with the scope connections:write; it "
    "(xapp-…) is the app_token.\n"
    "  3. Invite the bot to each channel: /invite @countersign\n"
    "  4. Put both tokens into the configuration and run: countersign doctor --config FILE\n";

}  // namespace

void add_slack(CLI::App& cli, int& exit_code) {
  auto* slack = cli.add_subcommand("slack", "Set Slack up");
  slack->require_subcommand(1);
  auto* command = slack->add_subcommand(
      "manifest", "Print the app manifest to paste into Slack; what to do next goes to stderr");
  const auto options = std::make_shared<ManifestOptions>();
  const auto json = std::make_shared<bool>(false);
  command->add_option("--name", options->app_name, "Name of the app")->capture_default_str();
  command->add_option("--bot-name", options->bot_name, "Name people mention")
      ->capture_default_str();
  command->add_option("--command", options->slash_command, "Slash command")->capture_default_str();
  command->add_flag("--json", *json, "As JSON instead of YAML");
  command->callback([options, json, &exit_code] {
    std::cout << (*json ? adapters::slack::manifest(*options).dump(2) + "\n"
                        : adapters::slack::manifest_yaml(*options))
              << std::flush;
    std::cerr << kSteps;
    exit_code = kDone;
  });
}

}  // namespace countersign::app
