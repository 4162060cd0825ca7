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
  void begin(const std::string& ts);           // this message must be kept ...
  void kept(const std::string& ts);            // ... and now it is
  void passed(const std::string& ts);          // a message that need not be kept
  void talked_in(const std::string& channel);  // the bot is used there
  std::set<std::string> channels() const;

  // To be kept over a restart: {heard, channels}. Never beyond a message that is not kept yet.
  Json position() const;
  // What was kept; until when that heard, if it did.
  std::optional<core::Instant> resume(const Json& position);

 private:
  void reach(const std::string& ts);  // with mutex_ held

  mutable std::mutex mutex_;
  std::set<std::string> pending_;   // guarded by mutex_; ts
  std::string latest_;              // guarded by mutex_; ts
  std::set<std::string> channels_;  // guarded by mutex_
};

}  // namespace countersign::adapters::slack
