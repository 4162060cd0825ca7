// What a person typed, taken apart. Pure; whether the verb exists is the commander's business.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/json.h"

namespace countersign::core {

struct Command {
  std::string verb;                  // lower case: "remediate", "why"
  std::vector<std::string> words;    // what follows, without the key=value pairs
  Json parameters = Json::object();  // key=value and key="value with blanks"; values are text
  std::string rest() const;          // the words, joined by blanks
};

// Takes "!verb ...", "@bot verb ..." and the questions "why?", "why did this run?", "why not?"; an
// empty verb is none of them.
Command parse_command(std::string_view text, std::string_view prefix);

}  // namespace countersign::core
