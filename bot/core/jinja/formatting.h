// Text made of values by a format: '%05d' % n, '{:>8}'.format(s), and what HTML needs.
#pragma once
#include <string>
#include <string_view>

#include "bot/core/jinja/methods.h"

namespace countersign::core::jinja {

Value format_percent(Rendering& r, const Value& format, const Value& values);
Value format_braces(Rendering& r, const std::string& format, const Call& call);

// One value by Python's mini-language, without '=' and 'n': [[fill]align][sign][#][0][width][,_]
// [.precision][type].
struct Format {
  char32_t fill = ' ';
  char align = 0;  // '<', '>', '^', '=', 0: by the kind of value
  char sign = '-';
  bool alternate = false;
  char group = 0;
  int width = 0;
  int precision = -1;
  char type = 0;
};
std::string formatted(Rendering& r, const Value& value, const Format& format);

std::string escape(std::string_view text);
std::string padded(Rendering& r, const std::string& text, std::int64_t width, char align,
                   char32_t fill = ' ');

}  // namespace countersign::core::jinja
