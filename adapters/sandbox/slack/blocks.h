// Block Kit: what Slack refuses. Pure.
#pragma once
#include <string>
#include <vector>

#include "bot/core/json.h"

namespace countersign::adapters::sandbox::slack {

enum class Surface { message, modal, home };

// In words with a pointer to the place, as Slack reports; `at` is the pointer of `blocks` itself.
std::vector<std::string> block_problems(const Json& blocks, Surface surface, const std::string& at);
std::vector<std::string> view_problems(const Json& view, const std::string& at);

}  // namespace countersign::adapters::sandbox::slack
