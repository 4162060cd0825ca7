// What the app must be allowed to do and told about: for the manifest and for the doctor.
#pragma once
#include <string>
#include <vector>

namespace countersign::adapters::slack {

const std::vector<std::string>& bot_scopes();
const std::vector<std::string>& bot_events();
// What does not work without a scope, as the end of "without it ...".
std::string use_of_scope(const std::string& scope);

}  // namespace countersign::adapters::slack
