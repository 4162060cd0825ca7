// Tells the people in the chat, and whoever watches the metrics, that rules on disk are not in
// force because they are broken; and when they are again.
#pragma once
#include <string>

#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "config/problem.h"

namespace countersign::engine {

class ReloadNotice {
 public:
  explicit ReloadNotice(const Deps& deps) : deps_(deps), announcer_(deps) {}
  // After a reload; not thread-safe. The same is said once an hour at most, by whichever replica
  // comes first.
  void report(const config::Problems& problems);

 private:
  void say(const core::Message& message, const std::string& what);

  const Deps& deps_;
  Announcer announcer_;
  bool refused_ = false;
};

}  // namespace countersign::engine
