// How many connections each sender has. Private to this room; used on the io thread only.
#pragma once
#include <cstddef>
#include <string>
#include <unordered_map>

namespace countersign::net {

class Crowd {
 public:
  explicit Crowd(std::size_t each) : each_(each) {}

  // One more of this network (see network_of), or false: it has all it may have.
  bool enter(const std::string& network) {
    const auto found = present_.find(network);
    if ((found == present_.end() ? 0 : found->second) >= each_) return false;
    ++present_[network];
    return true;
  }
  void leave(const std::string& network) {
    const auto found = present_.find(network);
    if (found != present_.end() && --found->second == 0) present_.erase(found);
  }
  std::size_t networks() const { return present_.size(); }

 private:
  const std::size_t each_;
  std::unordered_map<std::string, std::size_t> present_;  // nobody with none
};

}  // namespace countersign::net
