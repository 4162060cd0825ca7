// A YAML file as plain values that remember where they stand. document.cpp is the only place that
// knows the YAML library.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/json.h"
#include "config/problem.h"

namespace countersign::config {

struct Member;

struct Value {
  enum class Kind { null, scalar, list, map } kind = Kind::null;
  std::string text;             // of a scalar
  bool quoted = false;          // a scalar in quotes or a block: always text
  int line = 0;                 // 1-based
  std::vector<Value> items;     // of a list
  std::vector<Member> members;  // of a map, in file order, keys unique
};

struct Member {
  std::string key;
  int line = 0;
  Value value;
};

struct Document {
  std::string file;
  Value root;
  Problems problems;  // root may be used only if there are none
};

// One YAML document with bounded size, nesting and alias expansion. Duplicate keys are errors.
Document parse_document(const std::string& yaml, const std::string& file);
// The same from disk; a file that cannot be read is one Problem.
Document read_document(const std::string& file);

// The bytes of a regular file of at most `limit` bytes; otherwise nothing and `why`.
std::optional<std::string> read_bytes(const std::string& file, std::size_t limit, std::string& why);

// Scalars as YAML 1.1 and JSON type them: 2 is a number, "2" text, yes and true are true. Times of
// day stay text (1:30 is not 90), and so do the numbers that JSON cannot write.
Json to_json(const Value& value);

}  // namespace countersign::config
