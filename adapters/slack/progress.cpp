#include "adapters/slack/progress.h"

#include <algorithm>

#include "adapters/slack/ids.h"
#include "adapters/slack/wire.h"

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kChannels = 50;
constexpr std::size_t kPending = 10'000;
// What was sent just before a socket was seen to be gone went with it.
constexpr std::chrono::seconds kOverlap{15};

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

void Progress::missed_since(core::Instant time) {
  const std::lock_guard lock(mutex_);
  gaps_.insert(ts_of(time - kOverlap));
}

std::optional<Progress::Gap> Progress::gap() const {
  const std::lock_guard lock(mutex_);
  if (gaps_.empty()) return std::nullopt;
  return Gap{*instant_of(*gaps_.begin()), gaps_};
}

void Progress::filled(const Gap& gap) {
  const std::lock_guard lock(mutex_);
  for (const auto& part : gap.parts) gaps_.erase(part);
}

Json Progress::position() const {
  const std::lock_guard lock(mutex_);
  auto heard = latest_;
  for (const auto* open : {&pending_, &gaps_}) {
    if (!open->empty()) heard = std::min(heard, *open->begin());
  }
  return {{"heard", heard}, {"channels", channels_}};
}

void Progress::resume(const Json& position) {
  for (const Json& channel : array_at(position, "channels")) {
    if (channel.is_string()) talked_in(channel.get<std::string>());
  }
  const auto heard = text_at(position, "heard");
  passed(heard);
  if (const auto time = instant_of(heard)) missed_since(*time);
}

}  // namespace countersign::adapters::slack
