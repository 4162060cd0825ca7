// How long the database keeps what is over.
#include <fmt/format.h>

#include <algorithm>

#include "config/sections.h"

namespace countersign::config {
namespace {

constexpr core::Duration kDay = std::chrono::days(1);

core::Duration read_period(const Reader& period, core::Duration fallback, core::Duration least,
                           const std::string& why) {
  core::Duration kept = std::max(fallback, least);
  if (period.present()) {
    const auto read = core::parse_duration(period.text());  // longer than a year is fine here
    if (read) {
      kept = *read;
    } else {
      period.error("must be a duration such as 30d");
    }
  }
  if (kept < least) {
    period.error(fmt::format("must be at least {}: {}", core::format_duration(least), why));
  }
  return kept;
}

}  // namespace

Retention read_retention(const Reader& retention, const std::vector<Source>& sources) {
  retention.map_of({"events", "decisions", "audit"});
  core::Duration remembered = kDay;
  std::string why = "whole days are dropped";
  for (const Source& source : sources) {
    const Sender* sender = find_sender(source.kind);
    const core::Duration window = source.dedup ? source.dedup->window
                                  : sender     ? core::Duration(std::chrono::days(sender->days))
                                               : core::Duration();
    if (window <= remembered) continue;
    remembered = window;
    why = fmt::format("source '{}' knows a redelivery for that long", source.name);
  }
  Retention kept;
  kept.events = read_period(retention.at("events"), kept.events, remembered, why);
  kept.decisions = read_period(retention.at("decisions"), kept.events, kept.events,
                               "an event must not outlive what was decided about it");
  kept.audit = read_period(retention.at("audit"), kept.audit, kept.decisions,
                           "a decision must not outlive its record");
  return kept;
}

}  // namespace countersign::config
