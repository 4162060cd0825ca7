// YAML 1.1 out of values and values out of YAML, as StackStorm's filters have them.
#pragma once
#include <string>

#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

// Block style with sorted keys; a lone scalar is one line.
std::string dump_yaml(Rendering& r, const Value& value, std::int64_t indent);
// Fails for what is not YAML. Aliases are followed, within the limits of a rendering; tags beyond
// the core ones are not.
Value parse_yaml(Rendering& r, const std::string& text);

}  // namespace countersign::core::jinja
