// What the tests would send to Slack, kept for a checker of another make: with
// COUNTERSIGN_SLACK_CALLS=FILE every call is appended there as a line of JSON.
#pragma once
#include <cstdlib>
#include <fstream>
#include <string>

#include "bot/core/json.h"

namespace countersign::tests {

inline void keep_slack_call(const std::string& method, const Json& args,
                            const std::string& encoding = "json") {
  const char* file = std::getenv("COUNTERSIGN_SLACK_CALLS");
  if (!file) return;
  std::ofstream(file, std::ios::app)
      << Json{{"method", method}, {"args", args}, {"encoding", encoding}}.dump() << "\n";
}

}  // namespace countersign::tests
