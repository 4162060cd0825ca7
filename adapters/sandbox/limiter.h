// Mattermost's rate limit: so many calls per second and key, and a burst. Pure.
#pragma once
#include <map>
#include <string>

#include "adapters/net/http.h"
#include "adapters/sandbox/model.h"

namespace countersign::adapters::sandbox {

class Limiter {
 public:
  Limiter(int per_second, int burst) : per_second_(per_second), burst_(burst) {}
  // Counts a call. Fills in the X-Ratelimit headers, with Retry-After when the answer is false:
  // refuse with 429.
  bool allow(const std::string& key, Millis now, net::Headers& headers);

 private:
  int per_second_, burst_;
  std::map<std::string, double> full_at_;  // when the key's allowance is whole again, in ms
};

inline constexpr const char* kLimitText = "limit exceeded\n";

}  // namespace countersign::adapters::sandbox
