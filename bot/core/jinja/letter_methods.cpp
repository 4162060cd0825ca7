// Methods of text about letters: case, kind, width.
#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/formatting.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/texts.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

Value lower(Rendering& r, Call& c) { return r.text(to_lower(*c.self.text), c.self.kind); }
Value upper(Rendering& r, Call& c) { return r.text(to_upper(*c.self.text), c.self.kind); }
Value capitalize(Rendering& r, Call& c) { return r.text(capitalized(*c.self.text)); }

Value swapcase(Rendering& r, Call& c) {
  std::string out;
  for (const char32_t letter : to_code_points(*c.self.text)) {
    const std::string one = to_utf8({&letter, 1});
    out += is_upper(one) ? to_lower(one) : to_upper(one);
  }
  return r.text(std::move(out));
}

Value title(Rendering& r, Call& c) {
  std::string out;
  bool inside = false;
  for (const char32_t letter : to_code_points(*c.self.text)) {
    const std::string one = to_utf8({&letter, 1});
    out += inside ? to_lower(one) : capitalized(one);
    inside = to_lower(one) != to_upper(one);
  }
  return r.text(std::move(out));
}

Value istitle(Rendering& r, Call& c) {
  const Value titled = title(r, c);
  return Value::of(*titled.text == *c.self.text &&
                   to_lower(*c.self.text) != to_upper(*c.self.text));
}

// A test for the class of all letters.
template <const char* kClasses>
Value are(Rendering& r, Call& c) {
  r.spend(c.self.text->size() / 64);
  return Value::of(consists_of(*c.self.text, kClasses));
}
constexpr char kAlpha[] = "\\p{L}";
constexpr char kAlnum[] = "\\p{L}\\p{N}";
constexpr char kDecimal[] = "\\p{Nd}";
constexpr char kDigit[] = "\\p{Nd}\\x{b2}\\x{b3}\\x{b9}\\x{2070}-\\x{2089}";
constexpr char kNumeric[] = "\\p{N}";
constexpr char kAscii[] = "\\x00-\\x7f";
constexpr char kSpace[] = "\\s\\x0b\\x1c-\\x1f\\x{85}\\p{Z}";
constexpr char kPrintable[] = " \\p{L}\\p{N}\\p{P}\\p{S}\\p{M}";

Value isascii(Rendering& r, Call& c) {
  return c.self.text->empty() ? Value::of(true) : are<kAscii>(r, c);
}
Value isprintable(Rendering& r, Call& c) {
  return c.self.text->empty() ? Value::of(true) : are<kPrintable>(r, c);
}
Value isidentifier(Rendering&, Call& c) {
  const std::string& text = *c.self.text;
  return Value::of(consists_of(text, "\\p{L}\\p{N}_") && !(text[0] >= '0' && text[0] <= '9'));
}
Value isupper(Rendering&, Call& c) { return Value::of(is_upper(*c.self.text)); }
Value islower(Rendering&, Call& c) { return Value::of(is_lower(*c.self.text)); }

Value pad(Rendering& r, Call& c, char align) {
  const std::u32string fill = to_code_points(words(r, c[1], " "));
  if (fill.size() != 1) return r.fail("the fill character must be exactly one");
  return r.text(padded(r, *c.self.text, whole(r, c[0], 0), align, fill[0]));
}
Value center(Rendering& r, Call& c) { return pad(r, c, 'c'); }
Value ljust(Rendering& r, Call& c) { return pad(r, c, '<'); }
Value rjust(Rendering& r, Call& c) { return pad(r, c, '>'); }

Value zfill(Rendering& r, Call& c) {
  const std::string& text = *c.self.text;
  const bool sign = text.starts_with('-') || text.starts_with('+');
  const std::string digits =
      padded(r, text.substr(sign ? 1 : 0),
             std::max<std::int64_t>(whole(r, c[0], 0), 1) - (sign ? 1 : 0), '>', U'0');
  return r.text(text.substr(0, sign ? 1 : 0) + digits);
}

Value expandtabs(Rendering& r, Call& c) {
  const std::int64_t size = whole(r, c[0], 8);
  std::string out;
  std::int64_t column = 0;
  for (const char32_t letter : to_code_points(*c.self.text)) {
    if (letter != U'\t') {
      append_utf8(out, letter);
      column = letter == U'\n' || letter == U'\r' ? 0 : column + 1;
      continue;
    }
    const std::int64_t blanks = size > 0 ? size - column % size : 0;
    if (blanks > static_cast<std::int64_t>(Rendering::kTextLimit) ||
        out.size() > Rendering::kTextLimit)
      return r.fail("a text of the template is longer than 256 KiB");
    out.append(static_cast<std::size_t>(blanks), ' ');
    column += blanks;
  }
  return r.text(std::move(out));
}

const Method kMethods[] = {
    {"lower", "", lower},
    {"casefold", "", lower},
    {"upper", "", upper},
    {"capitalize", "", capitalize},
    {"swapcase", "", swapcase},
    {"title", "", title},
    {"istitle", "", istitle},
    {"isalpha", "", are<kAlpha>},
    {"isalnum", "", are<kAlnum>},
    {"isdecimal", "", are<kDecimal>},
    {"isdigit", "", are<kDigit>},
    {"isnumeric", "", are<kNumeric>},
    {"isspace", "", are<kSpace>},
    {"isascii", "", isascii},
    {"isprintable", "", isprintable},
    {"isidentifier", "", isidentifier},
    {"isupper", "", isupper},
    {"islower", "", islower},
    {"center", "width! fillchar", center},
    {"ljust", "width! fillchar", ljust},
    {"rjust", "width! fillchar", rjust},
    {"zfill", "width!", zfill},
    {"expandtabs", "tabsize", expandtabs},
};

}  // namespace

Methods letter_methods() { return kMethods; }

}  // namespace countersign::core::jinja
