// What the two services that are played here do differently when somebody writes. The default is
// Mattermost's.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "adapters/sandbox/world.h"

namespace countersign::adapters::sandbox {

struct Customs {
  IdStyle ids = IdStyle::mattermost;
  std::size_t message_limit = 16383;  // code points
  std::size_t props_limit = 8000;     // code points, of all props as JSON
  bool keeps_threads = false;         // a deleted root leaves a sign behind, and its replies stay
  // What a person typed, as it is kept; empty: as it is.
  std::function<std::string(World&, const std::string&)> typed;
  // The names in a kept message: usernames, "channel", "all", "here".
  std::function<std::vector<std::string>(World&, const std::string&)> named;
};

Customs mattermost_customs();

}  // namespace countersign::adapters::sandbox
