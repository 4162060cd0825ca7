#include "adapters/chat/recent.h"

namespace countersign::adapters::chat {
namespace {

constexpr std::size_t kRemembered = 5'000;

}  // namespace

bool Recent::first_time(const std::string& key) {
  if (!keys_.insert(key).second) return false;
  order_.push_back(key);
  if (order_.size() > kRemembered) {
    keys_.erase(order_.front());
    order_.pop_front();
  }
  return true;
}

}  // namespace countersign::adapters::chat
