// Random choices that can be drawn again: the seed is printed, COUNTERSIGN_SEED brings it back.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace countersign::support {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : draw_(seed) {}
  std::size_t below(std::size_t n) { return draw_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class List>
  const auto& of(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937_64 draw_;
};

inline std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Printed at once: whatever happens next, the seed is known.
inline std::uint64_t printed_seed() {
  const auto seed = number_from("COUNTERSIGN_SEED", std::random_device{}());
  std::printf("COUNTERSIGN_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  return seed;
}
// Of the sequence that failed, by itself.
inline std::string replay(std::uint64_t seed) {
  return "COUNTERSIGN_SEED=" + std::to_string(seed) + " COUNTERSIGN_SEQUENCES=1";
}

}  // namespace countersign::support
