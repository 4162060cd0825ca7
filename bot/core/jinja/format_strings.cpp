// Format strings of both kinds: "%(name)s" and "{name}".
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/formatting.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/python_value.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

constexpr int kWidth = 100'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads from the front of a format.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}
  bool done() const { return rest_.empty(); }
  char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  char take() {
    const char c = front();
    if (!rest_.empty()) rest_.remove_prefix(1);
    return c;
  }
  bool take(char c) {
    if (front() != c) return false;
    take();
    return true;
  }
  std::string_view until(std::string_view any) {
    const std::size_t end = std::min(rest_.find_first_of(any), rest_.size());
    const std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }
  int number(Rendering& r) {
    int out = 0;
    while (is_digit(front()) && out <= kWidth) out = out * 10 + (take() - '0');
    if (out > kWidth) r.fail("a format is wider than 100000 characters");
    return out;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// The values of one format, taken in turn.
class Percent {
 public:
  Percent(Rendering& r, const Value& values) : r_(r), values_(values) {
    if (values.is(Kind::tuple)) {
      parts_ = elements(r, values);
    } else {
      parts_.push_back(values);
    }
  }

  std::string format(std::string_view text) {
    Reader in(text);
    std::string out;
    while (!in.done() && r_.spend()) {
      out += in.until("%");
      if (in.take('%')) out += one(in);
    }
    // What has members might have been meant for names.
    const bool members = values_.is(Kind::dict) || values_.is(Kind::list) ||
                         values_.is(Kind::range) || !values_.defined();
    if (next_ < parts_.size() && !members && !named_)
      r_.fail("not all values found a place in the format");
    return out;
  }

 private:
  std::string one(Reader& in) {
    if (in.take('%')) return "%";
    Value named = Value::absent();
    if (in.take('(')) {
      const std::string key(in.until(")"));
      in.take();
      named_ = true;
      named = values_.is(Kind::dict) ? member(r_, values_, key) : Value::absent();
      if (!named.given()) r_.fail(fmt::format("the format has no value '{}'", key));
    }
    Format f;
    f.align = '>';
    flags(in, f);
    f.width = in.take('*') ? given_width() : in.number(r_);
    if (in.take('.')) f.precision = in.number(r_);
    while (in.front() == 'l' || in.front() == 'h') in.take();
    const char type = in.take();
    return convert(type, named.given() ? named : next(), f);
  }

  int given_width() {
    return static_cast<int>(std::clamp<std::int64_t>(whole(r_, next(), 0), 0, kWidth));
  }

  static void flags(Reader& in, Format& f) {
    for (bool more = true; more;) {
      if (in.take('0')) {
        if (f.align == '>') f.align = '=';
        f.fill = '0';
      } else if (in.take('-')) {
        f.align = '<';
        f.fill = ' ';
      } else if (in.front() == '+' || in.front() == ' ') {
        f.sign = in.take();
      } else {
        more = in.take('#');
        if (more) f.alternate = true;
      }
    }
  }

  std::string convert(char type, const Value& value, Format f) {
    if (r_.failed()) return {};
    if (type == 's' || type == 'r' || type == 'a' || type == 'c') {
      const Value text = r_.text(type == 'r' || type == 'a' ? repr(r_, value) : str(r_, value));
      if (f.align == '=') f.align = '>';
      f.fill = ' ';
      return formatted(r_, text, f);
    }
    constexpr std::string_view kTypes = "diuoxXeEfFgG";
    if (type == '\0' || kTypes.find(type) == std::string_view::npos || !value.is_number()) {
      r_.fail(fmt::format("the format '%{}' does not go with a value of type {}",
                          type == '\0' ? ' ' : type, type_name(value)));
      return {};
    }
    const bool decimal = type == 'd' || type == 'i' || type == 'u';
    f.type = decimal ? 'd' : type;
    if (f.align == '<' || kTypes.substr(0, 6).find(type) == std::string_view::npos)
      return formatted(r_, value, f);
    const auto truncated =
        value.is(Kind::real) ? BigInteger::truncate(value.real) : std::optional(as_big(value));
    f.precision = -1;
    return formatted(r_, r_.whole(truncated), f);
  }

  Value next() {
    if (next_ < parts_.size()) return parts_[next_++];
    return r_.fail("the format has more places than there are values");
  }

  Rendering& r_;
  const Value& values_;
  std::vector<Value> parts_;
  std::size_t next_ = 0;
  bool named_ = false;
};

class Braces {
 public:
  Braces(Rendering& r, const Call& call) : r_(r), call_(call) {}

  std::string format(std::string_view text, int depth) {
    Reader in(text);
    std::string out;
    while (!in.done() && r_.spend()) {
      out += in.until("{}");
      if (in.done()) break;
      const char c = in.take();
      if (in.take(c)) {
        out += c;
      } else if (c == '}' || depth > 1) {
        r_.fail("a format has a single brace");
      } else {
        out += field(in, depth);
      }
      if (out.size() > Rendering::kTextLimit)
        r_.fail("a text of the template is longer than 256 KiB");
    }
    return out;
  }

 private:
  std::string field(Reader& in, int depth) {
    Value value = named(std::string(in.until("!:}[.")));
    while (!r_.failed() && (in.front() == '.' || in.front() == '[')) {
      const bool index = in.take() == '[';
      const std::string part(in.until(index ? "]" : "!:}[."));
      const auto number = python::parse_int(part);
      if (index) in.take();
      if (!index && part.starts_with('_')) r_.fail("a format must not name what begins with '_'");
      value =
          index && number ? item(r_, value, Value::of(*number)) : item(r_, value, r_.text(part));
    }
    if (in.take('!')) value = r_.text(in.take() == 'r' ? repr(r_, value) : str(r_, value));
    std::string spec;
    if (in.take(':')) spec = specification(in, depth);
    if (!in.take('}')) r_.fail("a format has a single brace");
    if (!value.defined()) r_.fail(why_undefined(value));
    return r_.failed() ? std::string() : formatted(r_, value, parsed(spec));
  }

  // Up to the brace that closes the field; fields inside of it are filled in.
  std::string specification(Reader& in, int depth) {
    std::string out;
    for (int open = 0; !in.done() && (open > 0 || in.front() != '}');) {
      const char c = in.take();
      open += c == '{' ? 1 : c == '}' ? -1 : 0;
      out += c;
    }
    return out.find('{') == std::string::npos ? out : format(out, depth + 1);
  }

  Value named(const std::string& name) {
    const auto number =
        name.empty() ? std::optional<std::int64_t>(next_++) : python::parse_int(name);
    if (number) {
      const auto i = static_cast<std::size_t>(*number);
      return *number >= 0 && i < call_.more.size()
                 ? call_.more[i]
                 : r_.fail("the format has more places than there are values");
    }
    for (const auto& [known, value] : call_.more_named)
      if (known == name) return value;
    return r_.fail(fmt::format("the format has no value '{}'", name));
  }

  Format parsed(std::string_view spec) {
    Format f;
    const std::u32string letters = to_code_points(spec);
    const auto is_align = [&](std::size_t i) {
      return i < letters.size() &&
             std::u32string_view(U"<>^=").find(letters[i]) != std::u32string_view::npos;
    };
    if (is_align(1)) {
      f.fill = letters[0];
      f.align = static_cast<char>(letters[1]);
    } else if (is_align(0)) {
      f.align = static_cast<char>(letters[0]);
    }
    const std::string rest = to_utf8(std::u32string_view(letters).substr(is_align(1)   ? 2
                                                                         : is_align(0) ? 1
                                                                                       : 0));
    Reader in(rest);
    if (in.front() == '+' || in.front() == ' ' || in.front() == '-') f.sign = in.take();
    f.alternate = in.take('#');
    if (in.take('0') && f.align == 0) {
      f.align = '=';
      f.fill = '0';
    }
    f.width = in.number(r_);
    if (in.front() == ',' || in.front() == '_') f.group = in.take();
    if (in.take('.')) f.precision = in.number(r_);
    f.type = in.take();
    if (!in.done() ||
        std::string_view("\0sdxXobeEfFgG%", 14).find(f.type) == std::string_view::npos)
      r_.fail(fmt::format("bad format '{}'", spec));
    return f;
  }

  Rendering& r_;
  const Call& call_;
  std::int64_t next_ = 0;
};

}  // namespace

Value format_percent(Rendering& r, const Value& format, const Value& values) {
  return r.text(Percent(r, values).format(*format.text), format.kind);
}

Value format_braces(Rendering& r, const std::string& format, const Call& call) {
  return r.text(Braces(r, call).format(format, 0));
}

}  // namespace countersign::core::jinja
