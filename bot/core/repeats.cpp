#include "bot/core/repeats.h"

#include <algorithm>

namespace countersign::core {
namespace {

// A sender whose clock is ahead by more is not believed: its later alerts would all seem old.
constexpr Duration kAhead = std::chrono::minutes(5);

// As PostgreSQL's date_bin has it, from 1970 on.
Instant floor_to(Instant at, Duration length) {
  const auto since = at.time_since_epoch();
  const auto rest = since % length;
  return at - (rest < Duration::zero() ? rest + length : rest);
}

}  // namespace

std::optional<Instant> alert_start(const Event& event) {
  if (!event.body.is_object()) return std::nullopt;
  const auto found = event.body.find("startsAt");
  if (found == event.body.end() || !found->is_string()) return std::nullopt;
  const auto said = parse_instant(found->get<std::string>());
  return said && *said <= event.received_at + kAhead ? said : std::nullopt;
}

Episode Episodes::observe(const Event& event, std::optional<Instant> starts) {
  if (event.series.empty() || (event.status != "firing" && event.status != "resolved")) return {};
  const bool resolves = event.status == "resolved";
  const Instant at = event.received_at;
  const auto known = all_.find({event.source, event.series});
  if (known == all_.end()) {
    if (resolves) return {.turn = Turn::unknown, .began_by = {}, .changes = {}, .held_by_rules = {}};
    all_.emplace(std::pair{event.source, event.series},
                 Series{"firing", starts, event.id.value, event.id, {at}});
    return {Turn::began, event.id.value, event.id, {at}, {}, 0};
  }
  Series& s = known->second;
  const bool later = starts && s.starts && *starts > *s.starts;
  const bool earlier = starts && s.starts && *starts < *s.starts;
  const Turn turn = earlier                                  ? Turn::late
                    : resolves && s.status == "firing"       ? Turn::ended
                    : resolves                               ? Turn::repeat
                    : s.status == "resolved" || later        ? Turn::began
                                                             : Turn::repeat;
  if (turn == Turn::began) {
    s.number += 1;
    s.began_by = event.id;
    s.starts = starts;
  }
  if (turn == Turn::began || turn == Turn::ended) {
    s.status = event.status;
    s.changes.insert(s.changes.begin(), std::max(at, s.changes.front()));
    if (s.changes.size() > FlappingLimit::kMostChanges + 1) s.changes.pop_back();
  }
  return {turn, s.number, s.began_by, s.changes, {}, 0};
}

bool Windows::passes(const std::string& rule, const std::string& key, const Dedup& dedup,
                     Instant at) {
  Window& w = all_[{rule, key}];
  const Instant opens = dedup.mode == DedupMode::tumbling ? floor_to(at, dedup.window) : at;
  const bool stale = dedup.mode == DedupMode::sliding && w.opened != Instant::min() &&
                     at >= w.opened + dedup.longest();
  if (at >= w.until || stale) {
    w = {opens, opens + dedup.window};
    return true;
  }
  if (dedup.mode == DedupMode::sliding) w.until = std::max(w.until, opens + dedup.window);
  return false;
}

}  // namespace countersign::core
