// How far the chat was heard, and where. Thread-safe.
#pragma once
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "bot/core/instant.h"
#include "bot/core/json.h"

namespace countersign::adapters::slack {

class Progress {
 public:
  void begin(const std::string& ts);      // this message must be kept ...
  void kept(const std::string& ts);       // ... and now it is
  void passed(const std::string& ts);     // a message that need not be kept
  void missed_since(core::Instant time);  // something may have been said that nobody heard
  // The first moment of all that may be missing, and the word by which it is filled.
  struct Gap {
    core::Instant since;
    std::set<std::string> parts;
  };
  std::optional<Gap> gap() const;
  void filled(const Gap& gap);

  void talked_in(const std::string& channel);  // the bot is used there
  std::set<std::string> channels() const;

  // To be kept over a restart: {heard, channels}. Never beyond a message that is not kept yet, or a
  // gap that is not filled.
  Json position() const;
  // What was kept; what was said since is missed, if anything was ever heard.
  void resume(const Json& position);

 private:
  void reach(const std::string& ts);  // with mutex_ held

  mutable std::mutex mutex_;
  std::set<std::string> pending_;   // guarded by mutex_; ts
  std::set<std::string> gaps_;      // guarded by mutex_; ts
  std::string latest_;              // guarded by mutex_; ts
  std::set<std::string> channels_;  // guarded by mutex_
};

}  // namespace countersign::adapters::slack
