// The inbox: gathers verified deliveries for a moment, stores them in one commit, answers each
// sender afterwards (I1). Nobody waits for company: what waits while others are stored goes
// together.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "bot/core/ports/inbox.h"
#include "bot/engine/admission.h"
#include "bot/engine/deps.h"
#include "bot/engine/loop.h"
#include "bot/store/events.h"

namespace countersign::engine {

class Intake : public core::Inbox {
 public:
  static constexpr std::size_t kBatch = 100;              // deliveries in one commit
  static constexpr std::size_t kBatchBytes = 8 << 20;     // of raw bodies, likewise
  static constexpr std::size_t kWaiting = 10'000;         // deliveries in memory
  static constexpr std::size_t kWaitingBytes = 32 << 20;  // of raw bodies, likewise
  static constexpr int kWorkers = 2;  // one batch is prepared while another is flushed

  explicit Intake(const Deps& deps) : deps_(deps) {}
  // More than fits into memory, or while the database is away: refused at once, nothing remembered.
  void accept(std::vector<core::Incoming> deliveries, Done done) override;
  bool crowded() const override;

  // Stores one batch; true if it took anything. Whoever waits is answered whatever happens. Several
  // threads may do so at once.
  bool run_once();
  void start();
  void stop();  // what waits is still stored or refused before this returns

 private:
  using Clock = std::chrono::steady_clock;
  using Answers = Result<std::vector<core::Accepted>>;
  using Judged = std::vector<std::vector<store::Decision>>;  // of each delivery
  struct Item {
    std::vector<core::Incoming> deliveries;
    Judged judged;
    Done done;
    std::size_t count = 0;
    std::size_t bytes = 0;
  };
  std::vector<Item> take();
  void note_waiting();                           // under mutex_
  void note_unanswered(std::size_t deliveries);  // likewise
  void handle(std::vector<Item> items);
  Answers store(const std::vector<core::Incoming>& all, const Judged& judged);
  std::vector<core::Accepted> commit(const std::vector<core::Incoming>& all, const Judged& judged);
  void stored(const Judged& judged);
  void refuse_all(const std::string& why);
  void probe();
  void look_at_queue();

  const Deps& deps_;
  Signal arrived_{Signal::Wakes::one};
  mutable std::mutex mutex_;
  // All of these are guarded by mutex_.
  std::deque<Item> waiting_;
  std::size_t count_ = 0;       // deliveries in waiting_
  std::size_t bytes_ = 0;       // of their raw bodies
  std::size_t unanswered_ = 0;  // deliveries in waiting_, and those that are being stored
  bool closed_ = false;
  Line line_;
  std::string trouble_;  // what was last said about the database; empty while it works
  Brim memory_;
  Brim queue_;
  std::int64_t depth_ = 0;  // undecided events as last counted, and those accepted since
  Clock::time_point next_look_{};
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace countersign::engine
