// User groups ("@sre") and who is in them. Blocking; nothing is kept, because people leave groups
// (T35).
#pragma once
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/slack/people.h"

namespace countersign::adapters::slack {

// `name`: "@handle" or the id "S...". Bots, guests, people of other workspaces and deactivated
// accounts are left out (T34).
Result<std::vector<core::Person>> people_of_group(const std::string& name, const WebApi& api,
                                                  People& people, const std::stop_token& stop);

// Whether the bot may read groups at all.
Result<void> groups_readable(const WebApi& api, const std::stop_token& stop);

}  // namespace countersign::adapters::slack
