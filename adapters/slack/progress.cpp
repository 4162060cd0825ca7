#include "adapters/slack/progress.h"

#include <algorithm>

#include "adapters/slack/ids.h"
#include "adapters/slack/wire.h"

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kChannels = 50;
constexpr std::size_t kPending = 10'000;

}  // namespace

void Progress::reach(const std::string& ts) {
  if (instant_of(ts)) latest_ = std::max(latest_, ts);
}

void Progress::begin(const std::string& ts) {
  const std::lock_guard lock(mutex_);
  if (pending_.size() < kPending && instant_of(ts)) pending_.insert(ts);
}

void Progress::kept(const std::string& ts) {
  const std::lock_guard lock(mutex_);
  pending_.erase(ts);
  reach(ts);
}

void Progress::passed(const std::string& ts) {
  const std::lock_guard lock(mutex_);
  reach(ts);
}

void Progress::talked_in(const std::string& channel) {
  const std::lock_guard lock(mutex_);
  if (channels_.size() < kChannels) channels_.insert(channel);
}

std::set<std::string> Progress::channels() const {
  const std::lock_guard lock(mutex_);
  return channels_;
}

Json Progress::position() const {
  const std::lock_guard lock(mutex_);
  const auto& heard = pending_.empty() ? latest_ : std::min(latest_, *pending_.begin());
  return {{"heard", heard}, {"channels", channels_}};
}

std::optional<core::Instant> Progress::resume(const Json& position) {
  const std::lock_guard lock(mutex_);
  for (const Json& channel : array_at(position, "channels")) {
    if (channel.is_string()) channels_.insert(channel.get<std::string>());
  }
  reach(text_at(position, "heard"));
  return instant_of(text_at(position, "heard"));
}

}  // namespace countersign::adapters::slack
