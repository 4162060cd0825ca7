// Fuzz targets, each a function over any bytes that fails where a property does not hold. ctest
// replays them without a fuzzer: the corpus as it is, then a bounded number of mutations of it from
// a seed. script/fuzz gives the same functions to libFuzzer.
//
// COUNTERSIGN_FUZZ_SEED repeats a run (the seed is part of every failure); COUNTERSIGN_FUZZ_ROUNDS
// sets its length.
#pragma once
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace countersign::fuzz {

using Target = void (*)(std::string_view input);

// By name; the corpus of each is tests/fuzz/corpus/<name>.
std::map<std::string, Target>& targets();

// A folder without files is a failure. `cost`: it gets one round where others get so many.
void replay(const std::string& name, Target target, std::uint64_t cost);

}  // namespace countersign::fuzz

// FUZZ_TARGET(name) { ... input ... }
#define FUZZ_TARGET(name) FUZZ_COSTLY_TARGET(name, 1)
#define FUZZ_COSTLY_TARGET(name, cost)                                                     \
  static void name(std::string_view input);                                                \
  TEST(FuzzReplay, name) { replay(#name, name, cost); }                                    \
  [[maybe_unused]] static const bool name##_known = targets().emplace(#name, name).second; \
  static void name(std::string_view input)
