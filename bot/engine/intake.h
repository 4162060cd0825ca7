// The inbox: gathers verified deliveries for a moment, stores them in one commit, answers each
// sender afterwards (I1).
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

#include "bot/core/ports/inbox.h"
#include "bot/engine/deps.h"
#include "bot/engine/loop.h"

namespace countersign::engine {

class Intake : public core::Inbox {
 public:
  static constexpr std::size_t kBatch = 100;       // deliveries in one commit
  static constexpr std::size_t kWaiting = 10'000;  // more are answered "unavailable" at once

  explicit Intake(const Deps& deps) : deps_(deps) {}
  void accept(std::vector<core::Incoming> deliveries, Done done) override;

  // Stores one batch; true if it stored anything. Whoever waits is answered whatever happens.
  bool run_once();
  void start();
  void stop();  // what waits is still stored or refused before this returns

 private:
  struct Item {
    std::vector<core::Incoming> deliveries;
    Done done;
  };
  std::vector<Item> take();
  Result<std::vector<core::Accepted>> store(const std::vector<core::Incoming>& all);

  const Deps& deps_;
  Signal arrived_;
  std::mutex mutex_;
  std::deque<Item> waiting_;  // guarded by mutex_
  std::size_t count_ = 0;     // guarded by mutex_: deliveries in waiting_
  bool closed_ = false;       // guarded by mutex_
  std::unique_ptr<Loop> loop_;
};

}  // namespace countersign::engine
