// The fuzz targets for libFuzzer, chosen by COUNTERSIGN_FUZZ_TARGET (script/fuzz). A property that
// does not hold ends the program, as a crash does.
#include <cstdlib>
#include <iostream>

#include "tests/fuzz/replay.h"

namespace {
countersign::fuzz::Target chosen = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  testing::InitGoogleTest(argc, *argv);
  const char* name = std::getenv("COUNTERSIGN_FUZZ_TARGET");
  const auto& targets = countersign::fuzz::targets();
  const auto found = targets.find(name == nullptr ? "" : name);
  if (found != targets.end()) {
    chosen = found->second;
    return 0;
  }
  for (const auto& [known, target] : targets) std::cout << known << "\n";
  std::exit(name == nullptr ? 0 : 2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen({reinterpret_cast<const char*>(data), size});
  if (testing::Test::HasFailure()) std::abort();
  return 0;
}
