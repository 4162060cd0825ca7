// Filters on semantic versions (semver.org), strictly read.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/jinja/texts.h"

namespace countersign::core::jinja {
namespace {

struct Version {
  std::int64_t major = 0, minor = 0, patch = 0;
  std::vector<std::string> prerelease;
};

Version version_of(Rendering& r, const std::string& text) {
  static const re2::RE2 kVersion(
      "(0|[1-9]\\d{0,17})\\.(0|[1-9]\\d{0,17})\\.(0|[1-9]\\d{0,17})"
      "(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-"
      "]*))*))?"
      "(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?");
  Version out;
  std::string prerelease;
  if (!re2::RE2::FullMatch(text, kVersion, &out.major, &out.minor, &out.patch, &prerelease))
    r.fail(fmt::format("'{}' is no version such as 1.2.3", text.substr(0, 100)));
  if (!prerelease.empty()) out.prerelease = split_at(prerelease, ".", -1);
  return out;
}

// Numbers before words; numbers by size.
int compare_parts(const std::string& a, const std::string& b) {
  const auto digits = [](const std::string& s) {
    return s.find_first_not_of("0123456789") == std::string::npos;
  };
  if (digits(a) != digits(b)) return digits(a) ? -1 : 1;
  if (digits(a) && a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

int compare(const Version& a, const Version& b) {
  const std::int64_t left[] = {a.major, a.minor, a.patch};
  const std::int64_t right[] = {b.major, b.minor, b.patch};
  for (int i = 0; i < 3; ++i)
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  if (a.prerelease.empty() != b.prerelease.empty()) return a.prerelease.empty() ? 1 : -1;
  for (std::size_t i = 0; i < std::min(a.prerelease.size(), b.prerelease.size()); ++i)
    if (const int by = compare_parts(a.prerelease[i], b.prerelease[i]); by != 0) return by;
  return a.prerelease.size() < b.prerelease.size()   ? -1
         : a.prerelease.size() > b.prerelease.size() ? 1
                                                     : 0;
}

int compared(Rendering& r, Call& c) {
  const Version own = version_of(r, str(r, c.self));
  return compare(own, version_of(r, str(r, c[0])));
}

Value version_compare(Rendering& r, Call& c) { return Value::of(std::int64_t{compared(r, c)}); }
Value more_than(Rendering& r, Call& c) { return Value::of(compared(r, c) > 0); }
Value less_than(Rendering& r, Call& c) { return Value::of(compared(r, c) < 0); }
Value version_equal(Rendering& r, Call& c) { return Value::of(compared(r, c) == 0); }

// ">=1.0.0"
Value version_match(Rendering& r, Call& c) {
  static const re2::RE2 kPattern("(?s)(>=|<=|==|!=|<|>)?(.*)");
  std::string sign, version;
  re2::RE2::FullMatch(str(r, c[0]), kPattern, &sign, &version);
  const Version own = version_of(r, str(r, c.self));
  const int by = compare(own, version_of(r, version));
  if (sign == "<") return Value::of(by < 0);
  if (sign == ">") return Value::of(by > 0);
  if (sign == "<=") return Value::of(by <= 0);
  if (sign == ">=") return Value::of(by >= 0);
  return Value::of((by == 0) == (sign != "!="));
}

Value bump_major(Rendering& r, Call& c) {
  return r.text(fmt::format("{}.0.0", version_of(r, str(r, c.self)).major + 1));
}
Value bump_minor(Rendering& r, Call& c) {
  const Version v = version_of(r, str(r, c.self));
  return r.text(fmt::format("{}.{}.0", v.major, v.minor + 1));
}
Value bump_patch(Rendering& r, Call& c) {
  const Version v = version_of(r, str(r, c.self));
  return r.text(fmt::format("{}.{}.{}", v.major, v.minor, v.patch + 1));
}
Value strip_patch(Rendering& r, Call& c) {
  const Version v = version_of(r, str(r, c.self));
  return r.text(fmt::format("{}.{}", v.major, v.minor));
}

const Method kFilters[] = {
    {"version_compare", "pattern!", version_compare}, {"version_more_than", "pattern!", more_than},
    {"version_less_than", "pattern!", less_than},     {"version_equal", "pattern!", version_equal},
    {"version_match", "pattern!", version_match},     {"version_bump_major", "", bump_major},
    {"version_bump_minor", "", bump_minor},           {"version_bump_patch", "", bump_patch},
    {"version_strip_patch", "", strip_patch},
};

}  // namespace

Methods version_filters() { return kFilters; }

}  // namespace countersign::core::jinja
