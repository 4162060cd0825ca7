// What decides about repeats, kept in memory: for backtests, which must not touch what the record
// has. The same answers as cs.observe_series and cs.meet_window give (a store test holds them
// together), but for the limit of new keys, which belongs to the moment. Not thread-safe.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "bot/core/event.h"
#include "bot/core/series.h"

namespace countersign::core {

// When the alert began, by its sender: compared only with the sender's other times. None if it does
// not say, or says what lies too far ahead to be believed.
std::optional<Instant> alert_start(const Event& event);

// The episodes of alerts. What was open before the first event is not known.
class Episodes {
 public:
  // Events in the order in which they were received. `starts`: see alert_start.
  Episode observe(const Event& event, std::optional<Instant> starts);

 private:
  struct Series {
    std::string status;
    std::optional<Instant> starts;
    std::int64_t number = 0;
    EventId began_by;
    std::vector<Instant> changes;
  };
  std::map<std::pair<std::string, std::string>, Series> all_;  // by source and series
};

// The windows of rules.
class Windows {
 public:
  // Whether an event passes that meets this rule's window under this key at that moment.
  bool passes(const std::string& rule, const std::string& key, const Dedup& dedup, Instant at);

 private:
  struct Window {
    Instant opened = Instant::min();
    Instant until = Instant::min();
  };
  std::map<std::pair<std::string, std::string>, Window> all_;  // by rule and key
};

}  // namespace countersign::core
