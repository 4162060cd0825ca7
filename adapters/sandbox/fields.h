// Reading JSON that others wrote: a missing field and one of the wrong type are the same, the
// default.
#pragma once
#include <cstdint>
#include <string>

#include "bot/core/json.h"

namespace countersign::adapters::sandbox {

inline const Json* field_at(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(key);
  return at == object.end() ? nullptr : &*at;
}

inline std::string text_at(const Json& object, const char* key) {
  const Json* const found = field_at(object, key);
  return found && found->is_string() ? found->get<std::string>() : std::string();
}

inline bool flag_at(const Json& object, const char* key) {
  const Json* const found = field_at(object, key);
  return found && found->is_boolean() && found->get<bool>();
}

inline std::int64_t number_at(const Json& object, const char* key) {
  const Json* const found = field_at(object, key);
  return found && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace countersign::adapters::sandbox
