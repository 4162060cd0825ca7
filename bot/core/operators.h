// The comparisons a criterion can ask for, each by its StackStorm name. What Python would raise as
// an exception is an Answer of its own: in a rule it means no match, with the reason kept.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "bot/core/result.h"
#include "bot/core/text_match.h"

namespace countersign::core {

enum class Answer {
  no,
  yes,
  // No answer:
  incomparable,  // the two types do not go together
  not_a_time,    // the value
  not_a_number,  // the pattern, of seconds
  out_of_place,  // search without the criterion it belongs to
  failed,        // a regular expression, with an Error of its own
};
inline bool is_fault(Answer answer) { return answer > Answer::yes; }
// Why there is no answer.
std::string fault_words(Answer fault, const Json& value, const Json& pattern);

struct Operator {
  std::string_view name;
  std::string_view alias;
  Answer (*compare)(const Json& value, const Json& pattern, Instant now);
  bool takes_null = false;  // whether a null pattern is compared at all
  bool asks_clock = false;  // the answer is another one at another time
  // The pattern is a regular expression: whoever has it compiled need not call `compare`.
  std::optional<RegexMode> regex = {};
};

// In any case of letters; null if there is none.
const Operator* find_operator(std::string_view op);
bool known_operator(std::string_view op);  // in lower case
std::vector<std::string> operator_names();

// A null pattern is false for every operator but nequals, exists, nexists and search.
Answer compare(const Operator& op, const Json& value, const Json& pattern, Instant now);
// By name, once.
Result<bool> compare(std::string_view op, const Json& value, const Json& pattern, Instant now);

}  // namespace countersign::core
