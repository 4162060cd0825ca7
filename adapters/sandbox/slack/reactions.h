// The names of reactions.
#pragma once
#include <string>

namespace countersign::adapters::sandbox::slack {

// As Slack keeps it: aliases become the one name; "" if it is no name, colons included.
std::string reaction_name(std::string name);

}  // namespace countersign::adapters::sandbox::slack
