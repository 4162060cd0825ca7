#include "bot/engine/intake.h"

#include <algorithm>
#include <iterator>

#include "bot/engine/faults.h"
#include "bot/engine/judge.h"
#include "bot/obs/log.h"

namespace countersign::engine {
namespace {

constexpr std::chrono::milliseconds kPoll = Line::kBetweenProbes;
constexpr std::chrono::milliseconds kLookWhenFull{250};
constexpr std::chrono::milliseconds kLookWhenEmpty{2'000};
constexpr int kTries = 3;          // of a commit in doubt
constexpr std::size_t kCrowd = 8;  // deliveries that wait for their answer

std::size_t bytes_of(const std::vector<core::Incoming>& deliveries) {
  std::size_t bytes = 0;
  for (const core::Incoming& in : deliveries) bytes += in.raw.size();
  return bytes;
}

// How many of them have to be decided.
std::ptrdiff_t waiting_in(const std::vector<std::vector<store::Decision>>& judged) {
  return std::ranges::count_if(judged, [](const auto& decisions) { return decisions.empty(); });
}

}  // namespace

void Intake::accept(std::vector<core::Incoming> deliveries, Done done) {
  Judged judged;
  const auto now = deps_.current.get();
  for (core::Incoming& in : deliveries) {
    judged.push_back(foregone(*now, in));
    store::drop_what_raw_says(in);
  }
  const char* refusal = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (!line_.open()) {
      refusal = "the database is away";
    } else if (closed_ || count_ >= kWaiting || bytes_ >= kWaitingBytes) {
      refusal = "too many deliveries wait to be stored";
    } else {
      const std::size_t bytes = bytes_of(deliveries);
      count_ += deliveries.size();
      note_unanswered(unanswered_ + deliveries.size());
      bytes_ += bytes;
      const std::size_t count = deliveries.size();
      waiting_.push_back({std::move(deliveries), std::move(judged), std::move(done), count, bytes});
      note_waiting();
    }
  }
  if (refusal) return done(unavailable(std::string(refusal) + "; send again"));
  arrived_.ring();
}

bool Intake::crowded() const {
  const std::scoped_lock lock(mutex_);
  return queue_.full() || memory_.full();
}

void Intake::note_unanswered(std::size_t deliveries) {
  unanswered_ = deliveries;
  if (unanswered_ >= kCrowd) deps_.signals.door.crowded();
}

void Intake::note_waiting() {
  memory_.reached(
      static_cast<std::int64_t>(std::max(count_ * 1000 / kWaiting, bytes_ * 1000 / kWaitingBytes)),
      1000);
}

std::vector<Intake::Item> Intake::take() {
  const std::scoped_lock lock(mutex_);
  std::vector<Item> items;
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (!waiting_.empty()) {
    const Item& next = waiting_.front();
    if (!items.empty() && (count + next.count > kBatch || bytes + next.bytes > kBatchBytes)) break;
    count += next.count;
    bytes += next.bytes;
    items.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  count_ -= count;
  bytes_ -= bytes;
  note_waiting();
  return items;
}

bool Intake::run_once() {
  probe();
  std::vector<Item> items = take();
  const bool any = !items.empty();
  if (any) handle(std::move(items));
  look_at_queue();
  return any;
}

// Whoever arrives while this is committed shares the next commit.
void Intake::handle(std::vector<Item> items) {
  std::vector<core::Incoming> all;
  Judged judged;
  for (Item& item : items) {
    std::ranges::move(item.deliveries, std::back_inserter(all));
    std::ranges::move(item.judged, std::back_inserter(judged));
  }
  const Answers answers = store(all, judged);
  crash_point("accept.after_commit");
  // One that the database does not take must not keep the others out.
  const bool alone = !answers && answers.error().kind != ErrorKind::unavailable && items.size() > 1;
  std::ptrdiff_t at = 0;
  for (const Item& item : items) {
    const std::ptrdiff_t end = at + static_cast<std::ptrdiff_t>(item.count);
    const auto own = [&] {
      return store({all.begin() + at, all.begin() + end},
                   {judged.begin() + at, judged.begin() + end});
    };
    if (answers) {
      item.done(std::vector<core::Accepted>(answers->begin() + at, answers->begin() + end));
    } else {
      const Answers result = alone ? own() : answers;
      result ? item.done(result) : item.done(unavailable(result.error().message));
    }
    at = end;
  }
  const std::scoped_lock lock(mutex_);
  note_unanswered(unanswered_ - all.size());
}

Intake::Answers Intake::store(const std::vector<core::Incoming>& all, const Judged& judged) {
  Error error = unavailable("the database did not answer");
  // A commit in doubt is resolved by doing it again: the dedup keys make the repeat harmless (I19).
  for (int tries = 0; tries < kTries; ++tries) {
    try {
      auto accepted = commit(all, judged);
      stored(judged);
      return accepted;
    } catch (const store::StoreError& e) {
      error = {e.kind(), e.what()};
    }
    if (error.kind != ErrorKind::in_doubt) break;
    obs::warning("commit in doubt, accepting the batch again", {{"why", error.message}});
  }
  if (error.kind == ErrorKind::in_doubt) error.kind = ErrorKind::unavailable;
  if (error.kind == ErrorKind::unavailable) refuse_all(error.message);
  return error;
}

std::vector<core::Accepted> Intake::commit(const std::vector<core::Incoming>& all,
                                           const Judged& judged) {
  auto accepted = deps_.db.at_once_relaxed("accept", [&](store::Tx& tx) {
    crash_point("accept.before_commit");
    return store::accept_events(tx, all, judged);
  });
  // Deciding need not wait for the disk; the answer does (I1).
  const auto is_replay = [](const auto& one) { return one.verdict == core::Acceptance::replay; };
  if (waiting_in(judged) > 0 || std::ranges::any_of(accepted, is_replay))
    deps_.signals.events.ring();
  deps_.db.at_once("make sure", [](store::Tx& tx) { tx.settle(); });
  return accepted;
}

void Intake::stored(const Judged& judged) {
  const std::scoped_lock lock(mutex_);
  depth_ += waiting_in(judged);
  if (!trouble_.empty()) obs::info("deliveries are stored again");
  trouble_.clear();
}

// Each of those who wait would otherwise find out for itself, after a wait of its own.
void Intake::refuse_all(const std::string& why) {
  std::deque<Item> refused;
  {
    const std::scoped_lock lock(mutex_);
    line_.failed(Clock::now());
    refused.swap(waiting_);
    note_unanswered(unanswered_ - count_);
    count_ = bytes_ = 0;
    note_waiting();
    if (trouble_ != why) obs::error("deliveries refused: they could not be stored", {{"why", why}});
    trouble_ = why;
  }
  for (const Item& item : refused) item.done(unavailable(why));
}

void Intake::probe() {
  {
    const std::scoped_lock lock(mutex_);
    if (!line_.may_probe(Clock::now())) return;
  }
  const bool works = deps_.db.reachable();
  const std::scoped_lock lock(mutex_);
  works ? line_.works() : line_.failed(Clock::now());
}

// Counted seldom while little waits: what was accepted since is added meanwhile.
void Intake::look_at_queue() {
  const std::int64_t limit = deps_.current.get()->settings.server.queue_limit;
  {
    const std::scoped_lock lock(mutex_);
    queue_.reached(depth_, limit);
    if (Clock::now() < next_look_ || !line_.open()) return;
    next_look_ = Clock::now() + (depth_ < limit / 2 ? kLookWhenEmpty : kLookWhenFull);
  }
  try {
    const auto depth = deps_.db.at_once_relaxed(
        "queue depth", [&](store::Tx& tx) { return store::queue_depth(tx, limit); });
    const std::scoped_lock lock(mutex_);
    depth_ = depth;
    queue_.reached(depth_, limit);
  } catch (const store::StoreError& e) {
    obs::debug("the queue was not counted", {{"why", e.what()}});
  }
}

void Intake::start() {
  for (int i = 0; i < kWorkers; ++i)
    loops_.push_back(std::make_unique<Loop>("intake", arrived_, kPoll,
                                            [this](const std::stop_token&) { return run_once(); }));
}

void Intake::stop() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  loops_.clear();
  while (run_once()) {
  }
}

}  // namespace countersign::engine
