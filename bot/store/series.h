// What decides about repeats: windows, the episodes of alerts, and alerts that flap. Time is the
// database's time of receipt, never the sender's (T20).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/series.h"
#include "bot/store/pg.h"

namespace countersign::store {

// Level 2 dedup: whether this event passes, and the window's number (part of the run key).
struct WindowHit {
  bool passed = true;
  bool refused = false;     // a key that is new, while the source has had enough of those
  std::int64_t number = 0;  // grows, with gaps
  core::EventId opened_by;  // the event that last passed
  std::int64_t place = 0;   // of this event in its window; the one that opened it is the first
  core::Instant open_until{};
  std::int64_t new_keys = 0;  // of the source in this minute, if the key is new and was counted
};
// At most `new_keys` of a source are new in a minute; the one after that is refused and counted,
// those that follow are only refused.
WindowHit meet_window(Tx& tx, const std::string& rule, const std::string& key,
                      const core::Dedup& dedup, const core::Event& event, std::int64_t new_keys);

// Takes the event into its series. The same limit holds.
core::Episode observe_series(Tx& tx, const core::Event& event, std::int64_t new_keys);

// A post about a series, changed in place.
struct FlappingPost {
  core::ChatPlace place;
  std::string message;  // client message id
};
// A series some rules' runs of which are held until it is calm.
struct FlappingSeries {
  std::string source;
  std::string series;
  core::Instant since{};  // the first change that counts
  std::string status;     // since the last one
  std::int64_t changes = 0;
  core::EventId event;  // the last one
  core::Duration within{};
  core::Instant calm_at{};
  std::vector<core::RunId> held;  // oldest first; some may have left that state meanwhile
  std::vector<FlappingPost> posts;
};
// Notes a run that is held, under the first one's beginning if the series is known to flap.
void hold_in_series(Tx& tx, const core::Event& event, const core::Rule& rule,
                    const core::Flaps& flaps, core::RunId run);
std::optional<FlappingSeries> lock_flapping(Tx& tx, const std::string& source,
                                            const std::string& series);
// The one this run is held in. Lock it before the run.
std::optional<FlappingSeries> lock_flapping_of(Tx& tx, core::RunId run);
// Those that have been quiet for as long as they have to be.
std::vector<FlappingSeries> lock_calm_series(Tx& tx, int n);
void save_flapping(Tx& tx, const FlappingSeries& flapping);  // held and posts
void end_flapping(Tx& tx, const FlappingSeries& flapping);
// Since then a part of the record may have been lost: what was open is for people to release (I18).
bool held_after_loss_since(Tx& tx, core::Instant then);

// At most `n` each: windows that ended a day ago, series nobody has spoken of for so long. How many
// there were.
std::int64_t trim_windows(Tx& tx, int n);
std::int64_t trim_series(Tx& tx, core::Duration keep, int n);

}  // namespace countersign::store
