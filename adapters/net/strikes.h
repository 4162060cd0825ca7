// Who keeps being refused is not listened to for a while (T14): a bucket of strikes for each
// address, asked before any work is done for it. Thread-safe.
//
// An IPv6 sender counts by its /64. The table is bounded: when it is full, whoever was refused
// longest ago is forgotten.
#pragma once
#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace countersign::net {

struct StrikesOptions {
  int burst = 20;                         // so many refusals are free
  std::chrono::milliseconds each{3'000};  // and one more for every such time
  std::size_t addresses = 4'096;          // watched at once
};

class Strikes {
 public:
  using Options = StrikesOptions;
  using Time = std::chrono::steady_clock::time_point;
  explicit Strikes(
      Options options = {},
      std::function<Time()> now = [] { return std::chrono::steady_clock::now(); });

  // This address was refused once more.
  void add(const std::string& address);
  // How long it is not listened to (at least a second), or nothing. Asking costs nothing.
  std::optional<std::chrono::seconds> struck(const std::string& address) const;
  std::size_t watched() const;

 private:
  // The strikes count down by themselves: all of them will be gone at `clear`.
  struct Entry {
    std::string network;
    Time clear;
  };
  using Recent = std::list<Entry>;

  const Options options_;
  const std::function<Time()> now_;
  mutable std::mutex mutex_;
  Recent recent_;                                            // guarded by mutex_; newest first
  std::unordered_map<std::string, Recent::iterator> known_;  // guarded by mutex_
};

}  // namespace countersign::net
