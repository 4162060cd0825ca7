// A few questions to one person, asked in a window of the chat (a dialog or modal). An adapter
// shows it; what was filled in comes back as an Act of kind form.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "bot/core/json.h"

namespace countersign::core {

struct Choice {
  std::string value;
  std::string label;
  bool operator==(const Choice&) const = default;
};

struct FormField {
  enum class Kind { text, paragraph, choice } kind = Kind::text;
  std::string id;     // letters, digits, underscore
  std::string label;  // cut by the adapter where the platform takes less
  std::string hint;
  std::string value;            // what stands there at first
  std::vector<Choice> choices;  // Kind::choice only
  bool required = true;
  std::size_t longest = 1000;  // characters a person may type
};

struct Form {
  std::string title;  // at most 24 characters
  std::string intro;
  std::vector<FormField> fields;
  std::string submit = "OK";  // at most 24 characters
  Json context;               // comes back with the answers; made unforgeable by the engine
};

}  // namespace countersign::core
