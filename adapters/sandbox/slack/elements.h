// The elements of Block Kit: their ids, and what people chose or typed in them, as Slack tells it.
// Pure.
#pragma once
#include <functional>
#include <string>

#include "bot/core/json.h"

namespace countersign::adapters::sandbox::slack {

// Gives blocks and elements the ids they came without.
void complete_blocks(Json& blocks, const std::function<std::string()>& new_id);

// An element by its action id (and, where given, that of its block), wherever it stands. Null if
// there is none.
struct Found {
  const Json* element = nullptr;
  const Json* block = nullptr;
};
Found find_element(const Json& blocks, const std::string& action_id, const std::string& block_id);

// The option of an element with that value, also within groups; null if there is none.
const Json* option_of(const Json& element, const std::string& value);
// What stands in an element before anybody touches it: text, a value, or a list of values.
Json initial_value(const Json& element);
// The element's entry in `state`: its type, and the text or the chosen options. What is no option
// counts as nothing chosen.
Json state_of(const Json& element, const Json& given);
bool is_empty_state(const Json& state);
// Whether what was chosen is an option of the element; things without options take anything.
bool is_choice(const Json& element, const Json& given);

}  // namespace countersign::adapters::sandbox::slack
