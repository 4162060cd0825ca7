// A cursor on one place of a configuration file: reads it as the type that belongs there and
// reports what does not fit, with file, line and key. Absent places read as the fallback; null
// counts as absent.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "config/document.h"

namespace countersign::config {

// Cheap to copy. The document and the list of problems must outlive it.
class Reader {
 public:
  Reader(const Document& document, Problems& problems);

  // What stands under a key of this map; absent if there is none or this is no map.
  Reader at(const std::string& name) const;
  bool present() const { return value_ != nullptr; }
  // Present, or a Problem that says "is required".
  bool required() const;

  // This is a map; keys that are not known are Problems. False if absent or something else.
  bool map_of(const std::vector<std::string>& known) const;
  std::vector<std::pair<std::string, Reader>> members() const;
  std::vector<Reader> items() const;

  std::string text(const std::string& fallback = {}) const;
  std::string required_text() const;
  std::vector<std::string> texts() const;
  bool flag(bool fallback) const;
  std::int64_t number(std::int64_t lowest, std::int64_t highest, std::int64_t fallback) const;
  // Longer than nothing and at most a year.
  std::optional<core::Duration> duration() const;
  core::Duration duration(core::Duration fallback) const { return duration().value_or(fallback); }
  // One of the known words; another is a Problem that names the nearest.
  std::string word(const std::vector<std::string>& known, const std::string& fallback) const;
  Json json() const;

  void error(std::string message) const { report(Problem::Severity::error, std::move(message)); }
  void warning(std::string message) const {
    report(Problem::Severity::warning, std::move(message));
  }

  // What could be said about this place, without saying it.
  Problem problem(Problem::Severity severity, std::string message) const {
    return {severity, *file_, line_, key_, std::move(message)};
  }

  const std::string& file() const { return *file_; }
  int line() const { return line_; }
  bool is_map() const { return present() && value_->kind == Value::Kind::map; }
  bool is_list() const { return present() && value_->kind == Value::Kind::list; }
  bool is_text() const;

 private:
  Reader(const Reader& parent, const Value* value, std::string key, int line);
  void report(Problem::Severity severity, std::string message) const;
  // Reports "expected ..., found ..." and is false.
  bool mismatch(const std::string& expected) const;

  const std::string* file_;
  Problems* problems_;
  const Value* value_;  // nothing: absent
  std::string key_;     // "sources[1].auth"
  int line_ = 0;
};

// "unknown WHAT 'WORD'; did you mean 'NEAREST'?", or the known words if none is near.
std::string unknown(const std::string& what, const std::string& word,
                    const std::vector<std::string>& known);
// "a, b, c"
std::string listed(const std::vector<std::string>& words);

}  // namespace countersign::config
