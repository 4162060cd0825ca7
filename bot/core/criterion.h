// A criterion made ready: path, operator, template, regular expression and the criteria inside a
// `search` are read once. Facts: protocols/stackstorm.md, "Criterion keys" to "Templates in
// patterns".
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "bot/core/operators.h"
#include "bot/core/path.h"
#include "bot/core/regex.h"
#include "bot/core/rule.h"
#include "bot/core/text_template.h"

namespace countersign::core {

struct CriterionResult {
  std::string key;
  std::string op;
  Json expected;  // the pattern, rendered
  Json actual;    // null when the path leads nowhere
  bool matched = false;
  std::string error;  // set when the comparison itself failed
};
void to_json(Json& j, const CriterionResult& r);
void from_json(const Json& j, CriterionResult& r);

// What a criterion may know besides the payload.
struct Facts {
  Instant now{};
  // Keys and values of the system scope, a key's dots as levels; null: there are none.
  const Json* datastore = nullptr;
};

// What paths and templates look into: one value under its name ("trigger"; "item" inside a search).
// Lends everything; short-lived.
class Scope {
 public:
  // `context` has the value as its only member.
  Scope(const Json& context, const Facts& facts);
  Scope(std::string_view name, const Json& value, const Facts& facts)
      : name_(name), value_(&value), facts_(&facts) {}

  std::string_view name() const { return name_; }
  const Json& value() const { return *value_; }
  const Facts& facts() const { return *facts_; }
  const Json& context() const;          // {name: value}
  Json context_with_datastore() const;  // {name: value, st2kv: {system: ...}}

 private:
  std::string_view name_;
  const Json* value_;
  const Facts* facts_;
  const Json* context_ = nullptr;
  mutable std::shared_ptr<const Json> made_;
};

// What the path finds; null if it leads nowhere.
const Json* find_value(const Path& path, const Scope& scope);

// Any number of threads may ask at once.
class CompiledCriterion {
 public:
  // What is wrong with it is found when it is asked, as in StackStorm; rule files are checked
  // before.
  explicit CompiledCriterion(Criterion criterion);

  CriterionResult explain(const Scope& scope) const;
  // The same as explain().matched, and nothing is copied.
  bool matches(const Scope& scope) const;
  // ... for whoever has looked the value up; null if the path leads nowhere.
  bool matches_value(const Json* value, const Scope& scope) const;

  bool asks_clock() const;
  // The text the value has to be, if that is all the criterion says; null otherwise.
  const std::string* only_text() const;
  const Path* path() const { return path_.ok() ? &*path_ : nullptr; }
  const Criterion& source() const { return criterion_; }
  // Why one of its regular expressions backtracks; empty: none does.
  std::string backtracks() const;

 private:
  Answer ask(const Json& value, const Json& pattern, const Scope& scope, std::string* why) const;
  Answer search(const Json& value, const Json& pattern, const Scope& scope, std::string* why) const;
  Answer ask_regex(const Json& value, const Json& pattern, std::string* why) const;
  Result<Json> render(const Scope& scope) const;
  void compile_children();

  Criterion criterion_;
  Result<Path> path_;
  const Operator* op_;  // null: none, or unknown
  std::optional<Result<TextTemplate>> template_;
  std::optional<Result<Regex>> regex_;       // of a pattern that is no template
  std::vector<CompiledCriterion> children_;  // of a search
};

}  // namespace countersign::core
