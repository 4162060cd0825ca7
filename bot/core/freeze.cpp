#include "bot/core/freeze.h"

namespace countersign::core {
namespace {

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void add(std::string& out, const std::string& kind, const std::vector<std::string>& words) {
  if (words.empty()) return;
  out += (out.empty() ? "" : "; ") + kind + (kind.empty() ? "" : " ") + listed(words);
}

// Between a beginning and its end the next edge is an end.
std::optional<Instant> by_calendar(const Freeze& freeze, Instant now) {
  const auto end = freeze.until.calendar->next(now, now, freeze.zone);
  if (!end) return std::nullopt;
  const auto begin = freeze.from.calendar->next(now, now, freeze.zone);
  return !begin || *end < *begin ? end : std::nullopt;
}

}  // namespace

std::optional<Instant> in_force_until(const Freeze& freeze, Instant now) {
  if (freeze.until.calendar) return by_calendar(freeze, now);
  const bool now_in = now >= *freeze.from.moment && now < *freeze.until.moment;
  return now_in ? freeze.until.moment : std::nullopt;
}

bool is_over(const Freeze& freeze, Instant now) {
  if (freeze.until.moment) return now >= *freeze.until.moment;
  return !in_force_until(freeze, now) && !freeze.from.calendar->next(now, now, freeze.zone);
}

bool freezes(const PolicyScope& scope, const Wish& wish) {
  return wish.tier != Tier::read_only && fits(scope, wish);
}

std::string words(const PolicyScope& scope) {
  std::string out = listed(scope.environments);
  std::vector<std::string> tiers;
  for (const Tier tier : scope.tiers) tiers.emplace_back(name(tier));
  add(out, "", tiers);
  add(out, "actions", scope.actions);
  add(out, "rules", scope.rules);
  add(out, "targets", scope.targets);
  return out.empty() ? "everything that changes something" : out;
}

}  // namespace countersign::core
