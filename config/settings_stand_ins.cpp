// Who votes in place of whom, and when.
#include <fmt/format.h>
#include <re2/re2.h>

#include "config/holders.h"
#include "config/sections.h"

namespace countersign::config {
namespace {

std::optional<StandIn> read_one(const Reader& reader, const Settings& settings) {
  if (!reader.required() || !reader.map_of({"for", "by", "from", "until"})) return std::nullopt;
  StandIn out;
  out.holder = read_member(reader.at("for"), settings.chats);
  out.deputy = read_member(reader.at("by"), settings.chats);
  const auto from = read_edge(reader.at("from"), Edge::from);
  const auto until = read_edge(reader.at("until"), Edge::until);
  const bool named = !out.holder.empty() && !out.deputy.empty();
  const bool same =
      named && person_behind(out.holder, settings) == person_behind(out.deputy, settings);
  if (same) reader.at("by").error("nobody stands in for themselves");
  if (!named || same || !from || !until) return std::nullopt;
  out.from = *from;
  out.until = *until;
  if (out.from < out.until) return out;
  reader.at("until").error("must come after from");
  return std::nullopt;
}

}  // namespace

std::optional<core::Instant> read_edge(const Reader& reader, Edge edge) {
  const std::string text = reader.required_text();
  if (text.empty()) return std::nullopt;
  static const re2::RE2 day(R"(\d{4}-\d{2}-\d{2})");
  const bool whole = re2::RE2::FullMatch(text, day);
  const auto at = core::parse_instant(whole ? text + "T00:00:00Z" : text);
  if (!at) {
    reader.error(fmt::format(
        "expected a day such as 2026-12-24 or a moment such as 2026-12-24T08:00:00+01:00, "
        "found '{}'",
        text));
    return std::nullopt;
  }
  return whole && edge == Edge::until ? *at + std::chrono::days(1) : *at;
}

std::vector<StandIn> read_stand_ins(const Reader& stand_ins, const Settings& settings) {
  std::vector<StandIn> out;
  for (const Reader& reader : stand_ins.items()) {
    const auto one = read_one(reader, settings);
    if (!one) continue;
    for (const StandIn& other : out) {
      const bool for_same =
          person_behind(one->holder, settings) == person_behind(other.holder, settings);
      if (for_same && one->from < other.until && other.from < one->until)
        reader.error(
            fmt::format("{} stands in for {} at that time already", other.deputy, other.holder));
    }
    out.push_back(*one);
  }
  return out;
}

}  // namespace countersign::config
