// Who is named in a message. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace countersign::adapters::sandbox {

// The words after each '@' outside of code, lower case, without trailing dots, dashes and
// underscores of the sentence; in order, each once. Includes "channel", "all", "here".
std::vector<std::string> mentioned_names(std::string_view message);

}  // namespace countersign::adapters::sandbox
