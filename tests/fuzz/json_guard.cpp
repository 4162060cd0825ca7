// The strict reader against the JSON library: what it calls a value, the library reads alike; what
// it calls malformed, the library refuses too (T15 to T18).
#include "bot/core/json_guard.h"

#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

using core::JsonReading;
using core::kJsonDepth;
using core::read_json;

std::size_t depth_of(const Json& value) {
  std::size_t deepest = 0;
  if (value.is_structured()) {
    for (const Json& inner : value) deepest = std::max(deepest, depth_of(inner));
  }
  return value.is_structured() ? deepest + 1 : 0;
}

// Equal but for integers that have become text.
bool same(const Json& ours, const Json& theirs) {
  if (ours.is_structured() && ours.type() == theirs.type()) {
    if (ours.size() != theirs.size()) return false;
    const auto both = [&](auto a, auto b) { return same(*a, *b); };
    auto b = theirs.begin();
    for (auto a = ours.begin(); a != ours.end(); ++a, ++b) {
      if ((ours.is_object() && a.key() != b.key()) || !both(a, b)) return false;
    }
    return true;
  }
  return ours == theirs || (ours.is_string() && theirs.is_number());
}

FUZZ_TARGET(json_guard) {
  const std::string text(input);
  const JsonReading reading = read_json(text);
  const Json theirs = Json::parse(text, nullptr, false);
  if (reading.kind == JsonReading::Kind::malformed) {
    // The library takes U+0000 for the end of its input, whatever follows.
    EXPECT_TRUE(theirs.is_discarded() || text.find('\0') != std::string::npos);
    return;
  }
  if (reading.kind == JsonReading::Kind::unparsable) {
    EXPECT_TRUE(reading.value.is_null());
    EXPECT_TRUE(reading.note.starts_with("unparsable: "));
    return;
  }
  EXPECT_FALSE(theirs.is_discarded());
  EXPECT_TRUE(same(reading.value, theirs));
  EXPECT_LE(depth_of(reading.value), kJsonDepth);
  const std::string canonical = reading.value.dump();
  EXPECT_EQ(read_json(canonical).value.dump(), canonical);
}

}  // namespace
}  // namespace countersign::fuzz
