// The app manifest: what a person pastes into Slack to create the app with every scope, event and
// command it needs.
#pragma once
#include <string>

#include "bot/core/json.h"

namespace countersign::adapters::slack {

struct ManifestOptions {
  std::string app_name = "Countersign";
  std::string bot_name = "countersign";
  std::string slash_command = "/countersign";
};

Json manifest(const ManifestOptions& options);              // Slack takes it as JSON ...
std::string manifest_yaml(const ManifestOptions& options);  // ... or as YAML

}  // namespace countersign::adapters::slack
