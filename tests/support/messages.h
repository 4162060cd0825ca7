// The messages that the engine's tests keep below tests/golden/messages, for adapters to render.
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "bot/core/message.h"

namespace countersign::tests {

inline std::map<std::string, core::Message> kept_messages() {
  std::map<std::string, core::Message> all;
  for (const auto& file :
       std::filesystem::directory_iterator(TEST_SOURCE_DIR "/tests/golden/messages")) {
    std::ifstream in(file.path());
    all[file.path().stem()] = Json::parse(in).get<core::Message>();
  }
  return all;
}

}  // namespace countersign::tests
