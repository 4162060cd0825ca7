#include "adapters/sandbox/limiter.h"

#include <algorithm>
#include <cmath>

namespace countersign::adapters::sandbox {

bool Limiter::allow(const std::string& key, Millis now, net::Headers& headers) {
  if (per_second_ <= 0) return true;
  const double moment = static_cast<double>(now);
  const double each = 1000.0 / per_second_;
  // Whose allowance is whole again needs no memory.
  std::erase_if(full_at_, [&](const auto& entry) { return entry.second < moment; });
  double& full_at = full_at_.try_emplace(key, moment).first->second;
  const double next = std::max(full_at, moment) + each;
  const bool allowed = next - moment <= each * (burst_ + 1) + 0.5;
  if (allowed) full_at = next;
  const double left = (each * (burst_ + 1) - (full_at - moment)) / each;
  const auto whole = [](double value) { return std::to_string(static_cast<int>(value)); };
  headers.emplace_back("X-Ratelimit-Limit", std::to_string(burst_ + 1));
  headers.emplace_back("X-Ratelimit-Remaining", whole(std::max(0.0, std::floor(left + 0.01))));
  headers.emplace_back("X-Ratelimit-Reset", whole(std::ceil((full_at - moment) / 1000.0)));
  if (!allowed) headers.emplace_back("Retry-After", "1");
  return allowed;
}

}  // namespace countersign::adapters::sandbox
