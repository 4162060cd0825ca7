#include "bot/core/series.h"

#include <algorithm>
#include <array>

#include "bot/core/table.h"

namespace countersign::core {
namespace {

constexpr std::array kNames{"none", "began", "ended", "repeat", "late", "unknown", "refused"};

}  // namespace

std::string_view name(Turn turn) { return kNames.at(static_cast<std::size_t>(turn)); }
std::optional<Turn> parse_turn(std::string_view text) { return parse_name<Turn>(kNames, text); }

const char* why_inert(Turn turn) {
  if (turn == Turn::late) return "it is about an earlier episode of this alert";
  if (turn == Turn::unknown) return "the alert was not known to fire";
  return nullptr;
}

std::optional<Flaps> flapping(const Episode& episode, const Rule& rule, Instant at) {
  std::vector<Instant> recent;
  std::ranges::copy_if(episode.changes, std::back_inserter(recent),
                       [&](Instant change) { return change > at - rule.flapping.within; });
  const auto count = static_cast<int>(recent.size());
  const bool already = std::ranges::count(episode.held_by_rules, rule.ref()) > 0;
  if (count <= rule.flapping.changes && !already) return std::nullopt;
  if (recent.empty()) return Flaps{0, at, at};
  return Flaps{count, recent.back(), recent.front()};
}

}  // namespace countersign::core
