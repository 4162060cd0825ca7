#include "config/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace countersign::config {
namespace {

constexpr core::Duration kLongest = std::chrono::hours(24 * 366);

// The kind only: the text itself could be a secret in the wrong place (T45).
std::string found(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return "nothing";
    case Value::Kind::list:
      return "a list";
    case Value::Kind::map:
      return "a map";
    case Value::Kind::scalar:
      break;
  }
  const Json typed = to_json(value);
  if (typed.is_boolean()) return typed.get<bool>() ? "true" : "false";
  return typed.is_number() ? "a number" : "text";
}

const Value* null_is_absent(const Value& value) {
  return value.kind == Value::Kind::null ? nullptr : &value;
}

}  // namespace

Reader::Reader(const Document& document, Problems& problems)
    : file_(&document.file),
      problems_(&problems),
      value_(null_is_absent(document.root)),
      line_(document.root.line) {}

Reader::Reader(const Reader& parent, const Value* value, std::string key, int line)
    : file_(parent.file_),
      problems_(parent.problems_),
      value_(value),
      key_(std::move(key)),
      line_(line) {}

Reader Reader::at(const std::string& name) const {
  const std::string key = key_.empty() ? name : key_ + "." + name;
  if (is_map()) {
    for (const Member& member : value_->members) {
      if (member.key != name) continue;
      return Reader(*this, null_is_absent(member.value), key, member.line);
    }
  }
  return Reader(*this, nullptr, key, line_);
}

bool Reader::required() const {
  if (!present()) error("is required");
  return present();
}

bool Reader::map_of(const std::vector<std::string>& known) const {
  if (!present()) return false;
  if (!is_map()) return mismatch("a map with the keys " + listed(known));
  for (const Member& member : value_->members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const std::string key = key_.empty() ? member.key : key_ + "." + member.key;
    Reader(*this, &member.value, key, member.line).error(unknown("key", member.key, known));
  }
  return true;
}

std::vector<std::pair<std::string, Reader>> Reader::members() const {
  std::vector<std::pair<std::string, Reader>> out;
  if (!present()) return out;
  if (!is_map()) mismatch("a map");
  for (const Member& member : value_->members) {
    const std::string key = key_.empty() ? member.key : key_ + "." + member.key;
    out.emplace_back(member.key, Reader(*this, null_is_absent(member.value), key, member.line));
  }
  return out;
}

std::vector<Reader> Reader::items() const {
  std::vector<Reader> out;
  if (!present()) return out;
  if (value_->kind != Value::Kind::list) mismatch("a list");
  for (const Value& item : value_->items) {
    const std::string key = fmt::format("{}[{}]", key_, out.size());
    out.push_back(Reader(*this, null_is_absent(item), key, item.line));
  }
  return out;
}

bool Reader::is_text() const {
  return present() && value_->kind == Value::Kind::scalar && to_json(*value_).is_string();
}

std::string Reader::text(const std::string& fallback) const {
  if (!present()) return fallback;
  if (is_text()) return value_->text;
  mismatch(value_->kind == Value::Kind::scalar ? "text (in quotes)" : "text");
  return fallback;
}

std::string Reader::required_text() const {
  if (!required()) return {};
  const std::string out = text();
  if (is_text() && out.empty()) error("must not be empty");
  return out;
}

std::vector<std::string> Reader::texts() const {
  std::vector<std::string> out;
  for (const Reader& item : items()) out.push_back(item.required_text());
  return out;
}

bool Reader::flag(bool fallback) const {
  if (!present()) return fallback;
  const Json value = json();
  if (value.is_boolean()) return value.get<bool>();
  mismatch("true or false");
  return fallback;
}

std::int64_t Reader::number(std::int64_t lowest, std::int64_t highest,
                            std::int64_t fallback) const {
  if (!present()) return fallback;
  const Json value = json();
  if (!value.is_number_integer()) {
    mismatch("a whole number");
    return fallback;
  }
  const bool fits = value <= Json(highest) && value >= Json(lowest);
  if (fits) return value.get<std::int64_t>();
  error(fmt::format("must be from {} to {}, is {}", lowest, highest, value.dump()));
  return fallback;
}

std::optional<core::Duration> Reader::duration() const {
  if (!present()) return {};
  const auto value = is_text() ? core::parse_duration(value_->text) : std::nullopt;
  if (!value) {
    mismatch("a duration such as 30s, 10m or 24h");
  } else if (*value <= core::Duration::zero() || *value > kLongest) {
    error("must be longer than nothing and at most a year");
  } else {
    return value;
  }
  return {};
}

std::string Reader::word(const std::vector<std::string>& known, const std::string& fallback) const {
  const std::string given = text(fallback);
  if (!is_text() || std::find(known.begin(), known.end(), given) != known.end()) return given;
  error(unknown("value", given, known));
  return fallback;
}

Json Reader::json() const { return present() ? to_json(*value_) : Json(); }

void Reader::report(Problem::Severity severity, std::string message) const {
  problems_->push_back(problem(severity, std::move(message)));
}

bool Reader::mismatch(const std::string& expected) const {
  error(fmt::format("expected {}, found {}", expected, found(*value_)));
  return false;
}

std::string unknown(const std::string& what, const std::string& word,
                    const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  const std::string hint =
      near.empty() ? "known: " + listed(known) : fmt::format("did you mean '{}'?", near);
  return fmt::format("unknown {} '{}'; {}", what, word, hint);
}

std::string listed(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace countersign::config
