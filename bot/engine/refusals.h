// Who was turned away at the door, for the record. However many knock, there is one row a minute
// for each source, status and reason, and never more than kKinds of them.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "bot/core/instant.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class Refusals {
 public:
  static constexpr std::size_t kKinds = 1'000;  // one more is "others"
  static constexpr std::size_t kPeers = 100;    // distinct ones counted for each
  static constexpr std::chrono::seconds kPace{60};

  explicit Refusals(const Deps& deps) : deps_(deps) {}
  // Thread-safe, never waits for the database. `source` as configured, or empty: what a stranger
  // calls himself is not kept.
  void note(const std::string& source, int status, const std::string& reason,
            const std::string& peer);
  // Writes what there is, at most once in kPace; true if it wrote. What could not be written is
  // kept.
  bool run_once();
  void write();  // now

 private:
  using Kind = std::tuple<std::string, int, std::string>;  // source, status, reason
  struct Count {
    std::int64_t times = 0;
    std::string last_peer;
    std::set<std::string> peers;
  };
  using Counts = std::map<Kind, Count>;
  static void add(Counts& counts, Kind kind, const Count& more);

  const Deps& deps_;
  std::mutex mutex_;
  Counts counts_;                                                 // guarded by mutex_
  std::optional<std::chrono::steady_clock::time_point> written_;  // touched by the keeper's thread
};

}  // namespace countersign::engine
