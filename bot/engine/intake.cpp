#include "bot/engine/intake.h"

#include "bot/engine/faults.h"
#include "bot/obs/log.h"
#include "bot/store/events.h"

namespace countersign::engine {

void Intake::accept(std::vector<core::Incoming> deliveries, Done done) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closed_ && count_ < kWaiting) {
      count_ += deliveries.size();
      waiting_.push_back({std::move(deliveries), std::move(done)});
      done = nullptr;
    }
  }
  if (done) return done(unavailable("too many deliveries wait to be stored; send again"));
  arrived_.ring();
}

std::vector<Intake::Item> Intake::take() {
  const std::scoped_lock lock(mutex_);
  std::vector<Item> batch;
  std::size_t size = 0;
  while (!waiting_.empty() &&
         (batch.empty() || size + waiting_.front().deliveries.size() <= kBatch)) {
    size += waiting_.front().deliveries.size();
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  count_ -= size;
  return batch;
}

Result<std::vector<core::Accepted>> Intake::store(const std::vector<core::Incoming>& all) {
  // A commit in doubt is resolved by doing it again: the dedup keys make the repeat harmless (I19).
  for (int tries = 0; tries < 3; ++tries) {
    try {
      auto accepted = deps_.db.transact_relaxed("accept", [&](store::Tx& tx) {
        auto stored = store::accept_events(tx, all);
        crash_point("accept.before_commit");
        return stored;
      });
      // Deciding need not wait for the disk; the answer does (I1).
      deps_.signals.events.ring();
      deps_.db.transact("make sure", [](store::Tx& tx) { tx.settle(); });
      return accepted;
    } catch (const store::StoreError& e) {
      if (e.kind() != ErrorKind::in_doubt) return unavailable(e.what());
      obs::warning("commit in doubt, accepting the batch again", {{"why", e.what()}});
    }
  }
  return unavailable("the database did not answer");
}

bool Intake::run_once() {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.empty()) return false;
  }
  // Whoever arrives while this is committed shares the next commit.
  std::vector<Item> batch = take();
  std::vector<core::Incoming> all;
  for (const Item& item : batch)
    all.insert(all.end(), item.deliveries.begin(), item.deliveries.end());
  const auto stored = store(all);
  crash_point("accept.after_commit");
  std::size_t at = 0;
  for (const Item& item : batch) {
    if (!stored) {
      item.done(stored.error());
      continue;
    }
    const auto first = stored->begin() + static_cast<std::ptrdiff_t>(at);
    item.done(std::vector<core::Accepted>(
        first, first + static_cast<std::ptrdiff_t>(item.deliveries.size())));
    at += item.deliveries.size();
  }
  if (!stored)
    obs::error("deliveries refused: they could not be stored",
               {{"count", std::to_string(all.size())}, {"why", stored.error().message}});
  return true;
}

void Intake::start() {
  loop_ = std::make_unique<Loop>("intake", arrived_, std::chrono::milliseconds(1000),
                                 [this](const std::stop_token&) { return run_once(); });
}

void Intake::stop() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  loop_.reset();
  while (run_once()) {
  }
}

}  // namespace countersign::engine
