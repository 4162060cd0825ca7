// The world a new sandbox starts with: team acme, people, the bot, two channels; in Slack's also a
// channel without the bot, and groups.
#pragma once
#include <string>

#include "adapters/sandbox/world.h"

namespace countersign::adapters::sandbox {

// Everything here has named ids, so a second call on a world that has it all changes nothing.
void seed(World& world);
// The token with which the page and `demo --json` speak for somebody, whatever the name is by now;
// "" if revoked.
std::string seeded_token(const World& world, const std::string& user_id);
// A person in the team and in the open channels, with a token.
User& add_person(World& world, const std::string& username,
                 const std::string& roles = "system_user");

}  // namespace countersign::adapters::sandbox
