// Whether more may come in: how much waits in memory and undecided in the database, and whether the
// database takes anything at all. Values only; whoever holds it guards it.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace countersign::engine {

// Closes above a limit and opens again only well below it, so that it does not flutter.
class Brim {
 public:
  void reached(std::int64_t level, std::int64_t limit) {
    full_ = level >= (full_ ? limit * 8 / 10 : limit);
  }
  bool full() const { return full_; }

 private:
  bool full_ = false;
};

// The database as the door sees it. After a failure nothing is tried but one probe at a time.
class Line {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kBetweenProbes{250};

  bool open() const { return state_ == State::open; }
  void failed(Time now) {
    state_ = State::away;
    next_probe_ = now + kBetweenProbes;
  }
  // True for one caller only, who then says how it went.
  bool may_probe(Time now) {
    if (state_ != State::away || now < next_probe_) return false;
    state_ = State::probing;
    return true;
  }
  void works() { state_ = State::open; }

 private:
  enum class State { open, away, probing };
  State state_ = State::open;
  Time next_probe_{};
};

}  // namespace countersign::engine
