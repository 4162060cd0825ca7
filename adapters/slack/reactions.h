// What is known of the reactions on messages: tells news from repetition and from what is out of
// date (T38). Thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/slack/wire.h"

namespace countersign::adapters::slack {

class Reactions {
 public:
  enum class News {
    fresh,
    repeated,  // as far as known it was so already
    stale      // something later about it was heard before
  };
  // Events come in any order and more than once.
  News heard(const Reaction& reaction);

  struct Change {
    Reacted what;
    bool added = true;
  };
  // A mark to take before asking Slack who reacted to a message; the answer does not speak about
  // what is heard after it.
  std::uint64_t mark() const;
  // What the answer tells that was not known.
  std::vector<Change> compare(const std::string& channel, const std::string& message,
                              const std::vector<Reacted>& there, std::uint64_t mark) const;
  // A change was handed in and is known from now on, as what is heard.
  void took(const std::string& channel, const std::string& message, const Change& change,
            std::uint64_t mark);
  // What was handed in was kept.
  void kept(const std::string& channel, const std::string& message, const Change& change);
  // What was handed in was not kept: as if it had not been heard.
  void forget(const std::string& channel, const std::string& message, const Reacted& what);

  // The reactions that stand as far as was kept, of the newest messages: with them the next start
  // notices what came or was taken away meanwhile.
  Json standing() const;
  void recall(const Json& standing);

 private:
  struct State {
    bool present = false;
    bool kept = false;  // whether it was present when something about it was last kept
    std::string at;     // event_ts of the last event about it; empty: only looked up
    std::uint64_t heard = 0;
  };
  using OfMessage = std::map<Reacted, State>;
  void bound();

  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;                    // guarded by mutex_, of what was heard
  std::map<std::string, OfMessage> messages_;  // guarded by mutex_; by ts and channel
};

}  // namespace countersign::adapters::slack
