// Strict reading of JSON from outside: one parser, one opinion (T15 to T18). Pure and iterative, so
// that neither depth nor size can exhaust the stack.
//
// What is not JSON at all is `malformed`. What is JSON but would be understood differently by
// PostgreSQL or by another reader is `unparsable`: the event is kept with a note and no rule looks
// into it. That is
//   - a key that stands twice in one object, also when the two are only equal after unescaping,
//   - U+0000, a lone surrogate, invalid UTF-8, a byte order mark,
//   - nesting deeper than kJsonDepth, a number longer than kNumberLength or beyond what a double
//   holds.
// Integers beyond 2^53 become text: their digits are kept, whatever reads them next.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "bot/core/json.h"

namespace countersign::core {

inline constexpr std::size_t kJsonDepth = 64;
inline constexpr std::size_t kNumberLength = 128;

struct JsonReading {
  enum class Kind { value, unparsable, malformed } kind = Kind::malformed;
  Json value;  // null unless kind is value
  std::string
      note;  // "unparsable: duplicate key", "malformed JSON at byte 17"; never a part of the input
};

JsonReading read_json(std::string_view bytes);

}  // namespace countersign::core
