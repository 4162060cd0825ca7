#include "adapters/webhook/recipe.h"

#include <stdexcept>

#include "adapters/webhook/fields.h"

namespace countersign::adapters::webhook {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string value_at(const Json& body, const std::vector<std::string>& path) {
  const Json* value = &body;
  for (const std::string& name : path) {
    if (!value->is_object()) return {};
    const auto found = value->find(name);
    if (found == value->end()) return {};
    value = &*found;
  }
  if (value->is_null()) return {};
  return value->is_string() ? value->get<std::string>() : value->dump();
}

}  // namespace

Recipe::Recipe(std::string_view text) {
  constexpr std::string_view kHeader = "header:";
  constexpr std::string_view kBody = "body:";
  if (text.empty()) return;
  for (const std::string& part : split(text, '|')) {
    const std::string_view given = part;
    if (given.starts_with(kHeader)) {
      parts_.push_back({true, {std::string(given.substr(kHeader.size()))}});
    } else if (given.starts_with(kBody)) {
      parts_.push_back({false, split(given.substr(kBody.size()), '.')});
    } else {
      throw std::logic_error("a recipe begins with header: or body:, not with " + part);
    }
  }
}

std::string Recipe::of(const net::Headers& headers, const Json& body, char joint) const {
  std::string all;
  for (const Part& part : parts_) {
    const std::string value =
        part.header ? only_value(headers, part.path.front()) : value_at(body, part.path);
    if (&part == &parts_.front()) {
      if (value.empty()) return {};
    } else {
      all += joint;
    }
    all += value;
  }
  return all;
}

std::string first_of(const std::vector<Recipe>& recipes, const net::Headers& headers,
                     const Json& body, char joint) {
  for (const Recipe& recipe : recipes) {
    auto value = recipe.of(headers, body, joint);
    if (!value.empty()) return value;
  }
  return {};
}

std::vector<Recipe> recipes_of(const std::vector<std::string>& texts) {
  std::vector<Recipe> recipes;
  for (const std::string& text : texts) recipes.emplace_back(text);
  return recipes;
}

}  // namespace countersign::adapters::webhook
