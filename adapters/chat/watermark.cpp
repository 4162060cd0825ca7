#include "adapters/chat/watermark.h"

#include <algorithm>

namespace countersign::adapters::chat {

void Watermark::begin(std::int64_t at) {
  const std::lock_guard lock(mutex_);
  under_way_.insert(at);
}

void Watermark::end(std::int64_t at) {
  const std::lock_guard lock(mutex_);
  if (const auto found = under_way_.find(at); found != under_way_.end()) under_way_.erase(found);
}

void Watermark::reached(std::int64_t at) {
  const std::lock_guard lock(mutex_);
  reached_ = std::max(reached_.value_or(at), at);
}

std::optional<std::int64_t> Watermark::certain() const {
  const std::lock_guard lock(mutex_);
  if (!reached_ || under_way_.empty()) return reached_;
  return std::min(*reached_, *under_way_.begin() - 1);
}

}  // namespace countersign::adapters::chat
