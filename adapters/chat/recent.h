// The last few thousand keys that were seen: what a platform delivers twice is heard once.
#pragma once
#include <deque>
#include <set>
#include <string>

namespace countersign::adapters::chat {

class Recent {
 public:
  bool first_time(const std::string& key);
  bool contains(const std::string& key) const { return keys_.contains(key); }

 private:
  std::set<std::string> keys_;
  std::deque<std::string> order_;
};

}  // namespace countersign::adapters::chat
