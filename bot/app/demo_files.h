// What the demo finds or makes in its state directory: secrets, configuration, log files to rotate.
#pragma once
#include <string>

#include "adapters/sandbox/sandbox.h"
#include "bot/core/ports/services.h"
#include "bot/core/result.h"

namespace countersign::app {

struct DemoSecrets {
  std::string alerts_bearer;
  std::string gh_secret;
  std::string step_up_key;  // 32 characters
};

// The same at every start: derived from a seed that is made once.
DemoSecrets demo_secrets(const std::string& state_dir, core::IdSource& ids);

// Writes <state_dir>/countersign.yaml, the configuration the demo runs on, and returns its path.
// `chat`: mattermost, slack or both.
Result<std::string> write_demo_config(const std::string& state_dir, std::uint16_t port,
                                      const std::string& chat,
                                      const adapters::sandbox::SandboxInfo& sandbox,
                                      const DemoSecrets& secrets);

// Some log files for hosts web-1 to web-3, where there are none.
void write_demo_logs(const std::string& state_dir);

// The packs the program ships: beside the binary when installed, in the source tree when built
// there.
Result<std::string> shipped_packs();

}  // namespace countersign::app
