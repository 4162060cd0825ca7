// What is said about a question while it waits: a reminder, and the escalation to others. Each is
// said once; in quiet hours it waits for their end.
#pragma once
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class Reminders {
 public:
  explicit Reminders(const Deps& deps) : deps_(deps), announcer_(deps) {}
  int run_once();  // how many were said or put off

 private:
  bool give(core::ApprovalId id);

  const Deps& deps_;
  Announcer announcer_;
};

// Where these messages go: a target without a chat stands for every chat that the configuration
// notifies.
std::vector<core::ChatPlace> channels_of(const Snapshot& now,
                                         const std::vector<core::NotifyTarget>& targets);

}  // namespace countersign::engine
