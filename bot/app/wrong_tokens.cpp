#include "bot/app/wrong_tokens.h"

namespace countersign::app {

std::chrono::seconds WrongTokens::wait(const std::string& address, Clock::time_point now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = tried_.find(address);
  if (found == tried_.end() || found->second.times < kMost) return {};
  const auto left = found->second.since + kWindow - now;
  return left > Clock::duration::zero() ? std::chrono::ceil<std::chrono::seconds>(left)
                                        : std::chrono::seconds(0);
}

bool WrongTokens::note(const std::string& address, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  if (tried_.size() >= kAddresses)
    std::erase_if(tried_, [&](const auto& one) { return now - one.second.since >= kWindow; });
  if (tried_.size() >= kAddresses && !tried_.contains(address)) return false;
  Tried& tried = tried_.try_emplace(address, Tried{now}).first->second;
  if (now - tried.since >= kWindow) tried = {now};
  return ++tried.times == kMost;
}

}  // namespace countersign::app
