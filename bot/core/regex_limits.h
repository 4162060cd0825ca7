// How large a pattern and a text may be, and how much memory a compiled pattern may take.
#pragma once
#include <cstddef>
#include <cstdint>

namespace countersign::core {

inline constexpr std::size_t kPatternLimit = 8 * 1024;
inline constexpr std::size_t kTextLimit = 1024 * 1024;
inline constexpr std::int64_t kMemoryLimit = 8 << 20;

}  // namespace countersign::core
