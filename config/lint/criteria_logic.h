// Which events meet a list of criteria? An example, the proof that there is none, or neither.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/rule.h"

namespace countersign::config {

struct CommonEvent {
  enum class Kind { none, some, unknown } kind = Kind::unknown;
  Json body;  // of an event that meets them all, judged by the matcher itself
  const core::Criterion* first = nullptr;   // none: these two exclude each other; or the same one
  const core::Criterion* second = nullptr;  // twice, which never holds. They point into the list
};
CommonEvent common_event(const std::vector<core::Criterion>& criteria);

// The names and indexes behind `trigger`, of a key that leads to one place: "trigger.labels['a']".
// Nothing for wildcards, slices and the like.
struct Place {
  std::string name;
  std::optional<std::size_t> index;  // instead of a name
  bool operator==(const Place&) const = default;
};
std::optional<std::vector<Place>> places_of(std::string_view key);

// Writes a value where the places lead. False if something of another kind stands in the way.
bool put(Json& body, const std::vector<Place>& places, Json value);
// What stands there, or null.
const Json* look(const Json& body, const std::vector<Place>& places);

}  // namespace countersign::config
