// Single values in YAML 1.1: what a plain word means, and how a text is written so that it stays
// one.
#pragma once
#include <cstdint>
#include <string>

#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

// yes is true, 0x1F is 31, ~ is None; dates stay text.
Value plain_scalar(Rendering& r, const std::string& word);
// Plain if it can be, else in quotes. `indent`: of further lines, negative for a key, which has
// none; `column`: where the text begins.
std::string yaml_scalar(const std::string& text, std::int64_t indent, std::int64_t column);

}  // namespace countersign::core::jinja
