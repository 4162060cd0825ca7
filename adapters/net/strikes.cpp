#include "adapters/net/strikes.h"

#include <algorithm>

#include "bot/core/cidr.h"

namespace countersign::net {

Strikes::Strikes(Options options, std::function<Time()> now)
    : options_(options), now_(std::move(now)) {}

void Strikes::add(const std::string& address) {
  const std::string network = core::network_of(address);
  const Time now = now_();
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(network);
  if (known == known_.end()) {
    recent_.push_front({network, now});
    known_[network] = recent_.begin();
  } else {
    recent_.splice(recent_.begin(), recent_, known->second);
  }
  // One strike beyond the free ones is enough to be shut out; more would only make it longer.
  Time& clear = recent_.front().clear;
  clear = std::min(std::max(clear, now) + options_.each, now + options_.each * options_.burst);
  if (recent_.size() > options_.addresses) {
    known_.erase(recent_.back().network);
    recent_.pop_back();
  }
}

std::optional<std::chrono::seconds> Strikes::struck(const std::string& address) const {
  const std::string network = core::network_of(address);
  const Time now = now_();
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(network);
  if (known == known_.end()) return std::nullopt;
  const auto free = now + options_.each * (options_.burst - 1);
  if (known->second->clear <= free) return std::nullopt;
  return std::max(std::chrono::ceil<std::chrono::seconds>(known->second->clear - free),
                  std::chrono::seconds(1));
}

std::size_t Strikes::watched() const {
  const std::lock_guard lock(mutex_);
  return recent_.size();
}

}  // namespace countersign::net
