#include "bot/app/throttle.h"

namespace countersign::app {

std::chrono::seconds Throttle::wait(const std::string& who, Clock::time_point now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = counted_.find(who);
  if (found == counted_.end() || found->second.times < most_) return {};
  const auto left = found->second.since + kWindow - now;
  return left > Clock::duration::zero() ? std::chrono::ceil<std::chrono::seconds>(left)
                                        : std::chrono::seconds(0);
}

bool Throttle::note(const std::string& who, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  if (counted_.size() >= kWatched)
    std::erase_if(counted_, [&](const auto& one) { return now - one.second.since >= kWindow; });
  if (counted_.size() >= kWatched && !counted_.contains(who)) return false;
  Counted& counted = counted_.try_emplace(who, Counted{now}).first->second;
  if (now - counted.since >= kWindow) counted = {now};
  return ++counted.times == most_;
}

}  // namespace countersign::app
