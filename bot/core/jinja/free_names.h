// The names a template takes from its context.
#pragma once
#include <set>
#include <string>

#include "bot/core/jinja/syntax.h"

namespace countersign::core::jinja {

// Without those it binds itself anywhere, and without the functions every template knows.
std::set<std::string> free_names(const Body& body);

}  // namespace countersign::core::jinja
