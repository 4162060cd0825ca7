#include "config/lint/criteria_logic.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "bot/core/match.h"
#include "bot/core/unicode.h"
#include "config/lint/value_logic.h"

namespace countersign::config {
namespace {

constexpr std::size_t kMostElements = 16;

// Keys that are one place in other words are one key.
std::string canonical(std::string_view key) {
  const auto places = places_of(key);
  std::string out;
  if (!places) return std::string(core::trim(key.substr(0, key.find('#'))));
  for (const Place& place : *places) {
    out += place.index ? "[" + std::to_string(*place.index) + "]" : "." + place.name;
  }
  return out;
}

using Groups = std::map<std::string, std::vector<const core::Criterion*>>;

Groups by_place(const std::vector<core::Criterion>& criteria) {
  Groups out;
  for (const core::Criterion& criterion : criteria)
    out[canonical(criterion.key)].push_back(&criterion);
  return out;
}

// The matcher has the last word.
bool meets(const Json& body, const std::vector<core::Criterion>& criteria) {
  core::Rule rule;
  rule.criteria = criteria;
  core::Event event;
  event.body = body;
  core::Environments anywhere;
  anywhere.production.clear();
  const auto in = core::Environments::of(event);
  if (!in.empty()) rule.environments = {in};
  return core::match(rule, event, anywhere, {}).matched();
}

}  // namespace

std::optional<std::vector<Place>> places_of(std::string_view key) {
  static const re2::RE2 kRoot(R"(\s*(?:\$\.)?trigger)");
  static const re2::RE2 kStep(
      R"re(\.([A-Za-z_@][\w@-]*)|\[(\d{1,4})\]|\[['"]([^'"\]]+)['"]\]|\.['"]([^'"]+)['"])re");
  const std::string text(core::trim(key.substr(0, key.find('#'))));
  re2::StringPiece rest(text);
  if (!re2::RE2::Consume(&rest, kRoot)) return std::nullopt;
  std::vector<Place> out;
  std::string plain, index, bracketed, quoted;
  while (!rest.empty()) {
    if (!re2::RE2::Consume(&rest, kStep, &plain, &index, &bracketed, &quoted)) return std::nullopt;
    if (!index.empty()) {
      out.push_back({"", std::stoul(index)});
    } else {
      out.push_back({plain + bracketed + quoted, std::nullopt});
    }
  }
  if (out.empty()) return std::nullopt;
  return out;
}

bool put(Json& body, const std::vector<Place>& places, Json value) {
  Json* at = &body;
  for (const Place& place : places) {
    if (place.index) {
      if (!(at->is_null() || at->is_array()) || *place.index >= kMostElements) return false;
      if (at->is_null()) *at = Json::array();
      while (at->size() <= *place.index) at->push_back(nullptr);
      at = &(*at)[*place.index];
    } else {
      if (!(at->is_null() || at->is_object())) return false;
      at = &(*at)[place.name];
    }
  }
  if (!at->is_null() && *at != value) return false;
  *at = std::move(value);
  return true;
}

const Json* look(const Json& body, const std::vector<Place>& places) {
  const Json* at = &body;
  for (const Place& place : places) {
    if (place.index) {
      if (!at->is_array() || *place.index >= at->size()) return nullptr;
      at = &(*at)[*place.index];
    } else {
      if (!at->is_object() || !at->contains(place.name)) return nullptr;
      at = &at->at(place.name);
    }
  }
  return at->is_null() ? nullptr : at;
}

CommonEvent common_event(const std::vector<core::Criterion>& criteria) {
  CommonEvent out;
  bool known = true;
  out.body = Json::object();
  for (const auto& [place, group] : by_place(criteria)) {
    const CommonValue value = common_value(group);
    if (value.kind == CommonValue::Kind::none)
      return {CommonEvent::Kind::none, {}, value.first, value.second};
    const auto places = places_of(group.front()->key);
    known = known && value.kind == CommonValue::Kind::some && places &&
            (value.example.is_null() || put(out.body, *places, value.example));
  }
  if (!known) return out;
  if (out.body.empty()) out.body["example"] = true;  // what is empty matches no criterion
  if (meets(out.body, criteria)) out.kind = CommonEvent::Kind::some;
  return out;
}

}  // namespace countersign::config
