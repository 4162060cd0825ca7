// Golden files: what a renderer said once and must go on saying. COUNTERSIGN_RECORD_GOLDEN=1 writes
// them anew.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "bot/core/json.h"

namespace countersign::tests {

// `name` is a path below tests/golden with its ending, e.g. "engine/plan_waiting.txt".
inline void expect_golden_text(const std::string& name, const std::string& actual) {
  const std::filesystem::path file = std::string(TEST_SOURCE_DIR "/tests/golden/") + name;
  const char* record = std::getenv("COUNTERSIGN_RECORD_GOLDEN");
  if (record && std::string(record) == "1") {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << actual;
  }
  std::ifstream in(file);
  ASSERT_TRUE(in) << file << " is missing: record it with COUNTERSIGN_RECORD_GOLDEN=1";
  EXPECT_EQ(actual, std::string(std::istreambuf_iterator<char>(in), {})) << name;
}

// JSON, compared as text in its canonical form.
inline void expect_golden(const std::string& name, const Json& actual) {
  expect_golden_text(name + ".json", actual.dump(2) + "\n");
}

}  // namespace countersign::tests
