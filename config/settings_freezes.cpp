// When nothing that changes something begins by itself.
#include <fmt/format.h>

#include <algorithm>

#include "config/freezes.h"
#include "config/sections.h"
#include "config/zones.h"

namespace countersign::config {
namespace {

// {day_of_week: fri, hour: 16}: fields of cron, as timers have them.
core::FreezeEdge read_calendar(const Reader& reader, const std::string& zone) {
  Json fields = reader.json();
  if (fields.contains("timezone")) {
    reader.at("timezone").error("stands beside from and until, as zone");
    fields.erase("timezone");
  }
  fields["timezone"] = zone;
  auto parsed = core::Schedule::parse(core::kCronTimer, fields);
  if (parsed.fault) {
    const auto& fault = *parsed.fault;
    (fault.key.empty() ? reader : reader.at(fault.key)).error(fault.message);
  }
  return {{}, std::move(parsed.schedule)};
}

core::FreezeEdge read_one_edge(const Reader& reader, Edge edge, const std::string& zone) {
  return reader.is_map() ? read_calendar(reader, zone)
                         : core::FreezeEdge{read_edge(reader, edge), {}};
}

// Both edges are there, of one kind, and there is time between them.
bool check_edges(const Reader& reader, const core::Freeze& freeze) {
  const core::FreezeEdge& from = freeze.from;
  const core::FreezeEdge& until = freeze.until;
  const bool read = (from.moment || from.calendar) && (until.moment || until.calendar);
  if (!read) return false;
  const Reader place = reader.at("until");
  if (from.moment.has_value() != until.moment.has_value()) {
    place.error("is a date where from is a calendar, or the other way round");
  } else if (from.moment && *from.moment >= *until.moment) {
    place.error("must come after from");
  } else if (from.calendar && from.calendar->key() == until.calendar->key()) {
    place.error("is the same as from");
  } else {
    return true;
  }
  return false;
}

bool only_looks(const core::PolicyScope& scope) {
  return !scope.tiers.empty() && std::ranges::all_of(scope.tiers, [](core::Tier tier) {
    return tier == core::Tier::read_only;
  });
}

std::optional<core::Freeze> read_one(const Reader& reader, const Settings& settings) {
  core::Freeze freeze;
  freeze.line = reader.line();
  freeze.reason = reader.at("reason").text();
  freeze.scope = read_scope(reader.at("for"), settings);
  if (only_looks(freeze.scope))
    reader.at("for").at("tiers").error("what is read_only is never frozen");
  const std::string zone = read_zone(reader.at("zone"));
  freeze.zone = load_zone(zone).value_or(core::TimeZone());
  freeze.from = read_one_edge(reader.at("from"), Edge::from, zone);
  freeze.until = read_one_edge(reader.at("until"), Edge::until, zone);
  if (!check_edges(reader, freeze)) return std::nullopt;
  if (freeze.from.moment && reader.at("zone").present())
    reader.at("zone").warning("has no effect: it is for calendars, dates bring their offset");
  return freeze;
}

}  // namespace

std::vector<core::Freeze> read_freezes(const Reader& freezes, const Settings& settings) {
  std::vector<core::Freeze> out;
  std::vector<std::string> taken;
  for (const Reader& reader : freezes.items()) {
    if (!reader.required() || !reader.map_of({"name", "reason", "from", "until", "zone", "for"}))
      continue;
    const std::string name = unique_name(reader, taken);
    auto freeze = read_one(reader, settings);
    if (!freeze) continue;
    freeze->name = name;
    out.push_back(std::move(*freeze));
  }
  return out;
}

Problems over_by(const Settings& settings, core::Instant now) {
  Problems out;
  for (std::size_t i = 0; i < settings.freezes.size(); ++i) {
    const core::Freeze& freeze = settings.freezes[i];
    if (!core::is_over(freeze, now)) continue;
    out.push_back({Problem::Severity::warning, settings.file, freeze.line,
                   fmt::format("freezes[{}].until", i),
                   fmt::format("is over: {} has no effect any more", freeze.name)});
  }
  return out;
}

}  // namespace countersign::config
