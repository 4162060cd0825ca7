// Replays fuzz targets without a fuzzer: the corpus as it is, then a bounded number of mutations of
// it from a seed. A target has libFuzzer's shape, so the same function can be given to one.
//
// COUNTERSIGN_FUZZ_SEED repeats a run (the seed is part of every failure); COUNTERSIGN_FUZZ_ROUNDS
// sets its length.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace countersign::fuzz {

using Target = int (*)(const std::uint8_t* data, std::size_t size);

// The corpus is tests/fuzz/corpus/<name>; a folder without files is a failure.
void replay(const std::string& name, Target target);

}  // namespace countersign::fuzz
