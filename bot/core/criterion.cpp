#include "bot/core/criterion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

constexpr std::string_view kSearch = "search";
constexpr std::string_view kSystem = "system";

void explain_fault(std::string* why, std::string_view words) {
  if (why != nullptr) *why = words;
}

// `all` or `any` of the elements, each meeting all of the children or any of them.
struct Condition {
  std::string_view name;
  bool every_element;
  bool every_child;
};
constexpr Condition kConditions[] = {
    {"all", true, true}, {"any", false, true}, {"all2any", true, false}, {"any2any", false, false}};

const Condition* find_condition(std::string_view name) {
  const auto* found = std::ranges::find(kConditions, name, &Condition::name);
  return found == std::end(kConditions) ? nullptr : found;
}

// What StackStorm goes through: a list's elements, an object as the only element, a text's
// characters.
std::optional<Json> made_elements(const Json& value) {
  if (value.is_object()) return Json::array({value});
  if (!value.is_string()) return std::nullopt;
  Json characters = Json::array();
  for (const char32_t c : to_code_points(value.get_ref<const std::string&>()))
    characters.push_back(to_utf8(std::u32string_view(&c, 1)));
  return characters;
}

// A type that is no text, or a child that is no map: what StackStorm stumbles over.
constexpr char kNoOperator[] = "?";

Criterion child_of(const std::string& key, const Json& given) {
  Criterion child{key, "", nullptr};
  if (given.is_object()) {
    child.pattern = given.value("pattern", Json());
    const Json condition = given.value("condition", Json());
    if (condition.is_string()) child.condition = condition.get<std::string>();
    if (const auto type = given.find("type"); type != given.end())
      child.op = type->is_string() && *type != "" ? type->get<std::string>() : kNoOperator;
  } else if (!given.is_string() && !given.is_array()) {
    child.op = kNoOperator;
  }
  return child;
}

bool holds_template(const Json& pattern) {
  if (!pattern.is_string()) return false;
  const auto& text = pattern.get_ref<const std::string&>();
  return text.find("{{") != std::string::npos || text.find("{%") != std::string::npos;
}

}  // namespace

void to_json(Json& j, const CriterionResult& r) {
  j = Json{{"key", r.key},       {"op", r.op},           {"expected", r.expected},
           {"actual", r.actual}, {"matched", r.matched}, {"error", r.error}};
}

void from_json(const Json& j, CriterionResult& r) {
  r.key = j.at("key").get<std::string>();
  r.op = j.at("op").get<std::string>();
  r.expected = j.at("expected");
  r.actual = j.at("actual");
  r.matched = j.at("matched").get<bool>();
  r.error = j.value("error", "");
}

Scope::Scope(const Json& context, const Facts& facts)
    : name_(context.begin().key()),
      value_(&context.begin().value()),
      facts_(&facts),
      context_(&context) {}

const Json& Scope::context() const {
  if (context_ != nullptr) return *context_;
  if (!made_) made_ = std::make_shared<const Json>(Json{{std::string(name_), *value_}});
  return *made_;
}

Json Scope::context_with_datastore() const {
  Json all = context();
  if (facts_->datastore != nullptr) all["st2kv"][std::string(kSystem)] = *facts_->datastore;
  return all;
}

const Json* find_value(const Path& path, const Scope& scope) {
  if (path.root() == scope.name()) return path.first_below(scope.value());
  if (path.root() == kSystem)
    return scope.facts().datastore ? path.first_below(*scope.facts().datastore) : nullptr;
  return path.first(scope.context());
}

CompiledCriterion::CompiledCriterion(Criterion criterion)
    : criterion_(std::move(criterion)),
      path_(Path::parse(criterion_.key)),
      op_(find_operator(criterion_.op)) {
  const Json& pattern = criterion_.pattern;
  if (holds_template(pattern)) {
    template_ = TextTemplate::parse(pattern.get_ref<const std::string&>());
  } else if (op_ != nullptr && op_->regex && pattern.is_string()) {
    regex_ = Regex::compile(pattern.get_ref<const std::string&>(), *op_->regex);
  }
  if (criterion_.op == kSearch && pattern.is_object()) compile_children();
}

void CompiledCriterion::compile_children() {
  for (const auto& [key, given] : criterion_.pattern.items())
    children_.emplace_back(child_of(key, given));
}

CriterionResult CompiledCriterion::explain(const Scope& scope) const {
  CriterionResult result{criterion_.key, criterion_.op, criterion_.pattern};
  if (criterion_.op.empty()) return result;  // in StackStorm it never matches, and is no error
  if (!path_) {
    result.error = path_.error().message;
    return result;
  }
  if (const Json* found = find_value(*path_, scope)) result.actual = *found;
  Result<Json> pattern = render(scope);
  if (!pattern) {
    result.error = pattern.error().message;
    return result;
  }
  result.expected = std::move(*pattern);
  result.matched = ask(result.actual, result.expected, scope, &result.error) == Answer::yes;
  return result;
}

bool CompiledCriterion::matches(const Scope& scope) const {
  return path_.ok() && matches_value(find_value(*path_, scope), scope);
}

bool CompiledCriterion::matches_value(const Json* value, const Scope& scope) const {
  static const Json kNothing;
  if (criterion_.op.empty()) return false;
  if (value == nullptr) value = &kNothing;
  if (!template_) return ask(*value, criterion_.pattern, scope, nullptr) == Answer::yes;
  const Result<Json> pattern = render(scope);
  return pattern.ok() && ask(*value, *pattern, scope, nullptr) == Answer::yes;
}

// Only a text that holds a template is rendered; the result may be of any type.
Result<Json> CompiledCriterion::render(const Scope& scope) const {
  if (!template_) return criterion_.pattern;
  if (!*template_) return template_->error();
  if ((*template_)->source().find("st2kv") == std::string::npos)
    return (*template_)->evaluate_as_json(scope.context());
  return (*template_)->evaluate_as_json(scope.context_with_datastore());
}

Answer CompiledCriterion::ask(const Json& value, const Json& pattern, const Scope& scope,
                              std::string* why) const {
  if (op_ == nullptr) {
    if (why != nullptr) *why = fmt::format("unknown operator '{}'", criterion_.op);
    return Answer::failed;
  }
  if (criterion_.op == kSearch) return search(value, pattern, scope, why);
  if (op_->regex && value.is_string() && pattern.is_string()) return ask_regex(value, pattern, why);
  const Answer answer = compare(*op_, value, pattern, scope.facts().now);
  if (why != nullptr && is_fault(answer)) *why = fault_words(answer, value, pattern);
  return answer;
}

Answer CompiledCriterion::ask_regex(const Json& value, const Json& pattern,
                                    std::string* why) const {
  const auto& text = value.get_ref<const std::string&>();
  const Result<bool> found =
      !regex_   ? regex_search(pattern.get_ref<const std::string&>(), text, *op_->regex)
      : *regex_ ? (*regex_)->search(text)
                : Result<bool>(regex_->error());
  if (!found) {
    explain_fault(why, found.error().message);
    return Answer::failed;
  }
  return *found ? Answer::yes : Answer::no;
}

// StackStorm asks every child about every element, whatever the others said: an unknown operator is
// always met, unless there is no element at all. Other faults of a child count as no.
Answer CompiledCriterion::search(const Json& value, const Json& pattern, const Scope& scope,
                                 std::string* why) const {
  const Condition* condition = find_condition(criterion_.condition);
  if (condition == nullptr) {
    explain_fault(why, "the condition of search is all, any, all2any or any2any");
    return Answer::failed;
  }
  const std::optional<Json> made = value.is_array() ? std::nullopt : made_elements(value);
  if (!value.is_array() && !made) {
    explain_fault(why,
                  fmt::format("search goes through lists and objects, not {}", value.type_name()));
    return Answer::failed;
  }
  const Json& elements = made ? *made : value;
  const bool unfit =
      !pattern.is_object() || std::ranges::any_of(children_, [](const CompiledCriterion& child) {
        return child.op_ == nullptr && !child.criterion_.op.empty();
      });
  if (unfit && !elements.empty()) {
    explain_fault(why, "the pattern of search is not a map of criteria with known operators");
    return Answer::failed;
  }
  const auto fits = [&](const Json& element) {
    const Scope item("item", element, scope.facts());
    const auto met = [&item](const CompiledCriterion& child) { return child.matches(item); };
    return condition->every_child ? std::ranges::all_of(children_, met)
                                  : std::ranges::any_of(children_, met);
  };
  const bool found = condition->every_element ? std::ranges::all_of(elements, fits)
                                              : std::ranges::any_of(elements, fits);
  return found ? Answer::yes : Answer::no;
}

bool CompiledCriterion::asks_clock() const {
  return (op_ != nullptr && op_->asks_clock) ||
         std::ranges::any_of(children_, &CompiledCriterion::asks_clock);
}

const std::string* CompiledCriterion::only_text() const {
  const bool equality = op_ != nullptr && op_->name == "equals";
  if (!equality || template_ || !criterion_.pattern.is_string()) return nullptr;
  return criterion_.pattern.get_ptr<const std::string*>();
}

std::string CompiledCriterion::backtracks() const {
  if (regex_ && *regex_) return (*regex_)->backtracks();
  for (const CompiledCriterion& child : children_)
    if (std::string why = child.backtracks(); !why.empty()) return why;
  return "";
}

}  // namespace countersign::core
