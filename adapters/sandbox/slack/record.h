// What came in, kept for tests to look at: the last so many of each kind, until the next reset.
#pragma once
#include <deque>
#include <string>

#include "bot/core/json.h"

namespace countersign::adapters::sandbox::slack {

class Record {
 public:
  static constexpr std::size_t kKept = 5'000;

  void add(Json entry);
  void clear() { entries_.clear(); }
  Json all() const { return Json(entries_); }

 private:
  std::deque<Json> entries_;
};

// Appends a call of the bot as a line of JSON to sent-<process>.jsonl in the folder that the
// environment variable COUNTERSIGN_SENT_LOG names; nothing without it. Thread-safe.
void log_sent(const std::string& method, const Json& args, const std::string& encoding);

}  // namespace countersign::adapters::sandbox::slack
