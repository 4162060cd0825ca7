#include "adapters/sandbox/slack/elements.h"

#include <algorithm>

#include "adapters/sandbox/fields.h"

namespace countersign::adapters::sandbox::slack {
namespace {

bool takes_several(const std::string& type) {
  return type == "checkboxes" || type == "multi_static_select";
}

bool takes_one(const std::string& type) {
  return type == "static_select" || type == "radio_buttons" || type == "overflow";
}

const Json* option_among(const Json& owner, const std::string& value) {
  const Json* const options = field_at(owner, "options");
  if (!options || !options->is_array()) return nullptr;
  const auto at = std::ranges::find_if(
      *options, [&](const Json& option) { return text_at(option, "value") == value; });
  return at == options->end() ? nullptr : &*at;
}

Json options_of(const Json& element, const Json& given) {
  Json chosen = Json::array();
  for (const Json& value : given.is_array() ? given : Json::array({given})) {
    const Json* const option =
        value.is_string() ? option_of(element, value.get<std::string>()) : nullptr;
    if (option) chosen.push_back(*option);
  }
  return chosen;
}

std::vector<Json*> elements_of(Json& block) {
  std::vector<Json*> all;
  for (const char* const key : {"accessory", "element"}) {
    if (block.contains(key)) all.push_back(&block[key]);
  }
  if (block.contains("elements") && block["type"] == "actions") {
    for (Json& one : block["elements"]) all.push_back(&one);
  }
  return all;
}

}  // namespace

void complete_blocks(Json& blocks, const std::function<std::string()>& new_id) {
  for (Json& block : blocks) {
    if (text_at(block, "block_id").empty()) block["block_id"] = new_id().substr(0, 5);
    for (Json* const element : elements_of(block)) {
      const bool acts = text_at(*element, "type") != "image";
      if (acts && text_at(*element, "action_id").empty()) {
        (*element)["action_id"] = new_id().substr(0, 5);
      }
    }
  }
}

Found find_element(const Json& blocks, const std::string& action_id, const std::string& block_id) {
  for (const Json& block : blocks) {
    if (!block_id.empty() && text_at(block, "block_id") != block_id) continue;
    const auto is_it = [&](const Json& one) { return text_at(one, "action_id") == action_id; };
    for (const char* const key : {"accessory", "element"}) {
      const Json* const one = field_at(block, key);
      if (one && is_it(*one)) return {one, &block};
    }
    const Json* const list = field_at(block, "elements");
    if (!list || !list->is_array()) continue;
    const auto at = std::ranges::find_if(*list, is_it);
    if (at != list->end()) return {&*at, &block};
  }
  return {};
}

const Json* option_of(const Json& element, const std::string& value) {
  if (const Json* const option = option_among(element, value)) return option;
  const Json* const groups = field_at(element, "option_groups");
  if (!groups || !groups->is_array()) return nullptr;
  for (const Json& group : *groups) {
    if (const Json* const option = option_among(group, value)) return option;
  }
  return nullptr;
}

Json initial_value(const Json& element) {
  if (const Json* const option = field_at(element, "initial_option")) {
    return text_at(*option, "value");
  }
  if (const Json* const options = field_at(element, "initial_options")) {
    Json values = Json::array();
    for (const Json& option : *options) values.push_back(text_at(option, "value"));
    return values;
  }
  for (const char* const key : {"initial_value", "initial_user", "initial_date"}) {
    if (const Json* const value = field_at(element, key)) return *value;
  }
  return nullptr;
}

Json state_of(const Json& element, const Json& given) {
  const std::string type = text_at(element, "type");
  Json state = {{"type", type}};
  const Json text = given.is_string() && given != "" ? given : Json(nullptr);
  if (takes_several(type)) {
    state["selected_options"] = options_of(element, given);
  } else if (takes_one(type)) {
    const Json chosen = options_of(element, given);
    state["selected_option"] = chosen.empty() ? Json(nullptr) : chosen.front();
  } else if (type == "users_select") {
    state["selected_user"] = text;
  } else if (type == "datepicker") {
    state["selected_date"] = text;
  } else {
    state["value"] = text;
  }
  return state;
}

bool is_empty_state(const Json& state) {
  for (const auto& [key, value] : state.items()) {
    if (key != "type" && !value.empty()) return false;
  }
  return true;
}

bool is_choice(const Json& element, const Json& given) {
  const std::string type = text_at(element, "type");
  if (takes_one(type)) return !options_of(element, given).empty();
  return !takes_several(type) || !given.is_array() ||
         options_of(element, given).size() == given.size();
}

}  // namespace countersign::adapters::sandbox::slack
