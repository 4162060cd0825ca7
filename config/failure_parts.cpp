#include "config/failure_parts.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "config/pack_parts.h"

namespace countersign::config {
namespace {

constexpr int kMostAttempts = 20;
constexpr core::Duration kLongestWait = std::chrono::hours(24);
constexpr core::Duration kLongestPause = std::chrono::hours(12);
const std::vector<std::string> kOutcomes = {"not_applied", "ambiguous", "failed"};

std::vector<core::OutcomeClass> read_outcomes(const Reader& reader, core::EffectClass effect,
                                              std::vector<core::OutcomeClass> fallback) {
  if (!reader.present()) return fallback;
  std::vector<core::OutcomeClass> out;
  for (const Reader& item : reader.items()) {
    const auto outcome = core::parse_outcome(item.word(kOutcomes, kOutcomes.front()));
    check_repeatable(item, effect, *outcome);
    if (std::find(out.begin(), out.end(), *outcome) == out.end()) out.push_back(*outcome);
  }
  return out;
}

}  // namespace

void check_repeatable(const Reader& reader, core::EffectClass effect, core::OutcomeClass outcome) {
  if (core::repeatable(effect, outcome)) return;
  reader.error(
      fmt::format("another try after '{}' could take effect twice; write idempotent: true into the "
                  "action if a repeat is harmless, otherwise only not_applied may be tried again",
                  core::name(outcome)));
}

core::Retry read_retry(const Reader& reader, core::EffectClass effect) {
  core::Retry retry;
  if (!reader.map_of({"attempts", "base", "cap", "on"})) return retry;
  retry.attempts = static_cast<int>(reader.at("attempts").number(1, kMostAttempts, retry.attempts));
  retry.base = reader.at("base").duration(retry.base);
  retry.cap = reader.at("cap").duration(std::max(retry.cap, retry.base));
  retry.on = read_outcomes(reader.at("on"), effect, retry.on);
  if (retry.cap < retry.base)
    reader.at("cap").error(
        fmt::format("must be at least the base, {}", core::format_duration(retry.base)));
  if (retry.cap > kLongestPause)
    reader.at(reader.at("cap").present() ? "cap" : "base").error("must be at most 12h");
  return retry;
}

core::Duration read_key_age(const Reader& reader, core::EffectClass effect,
                            core::Duration fallback) {
  if (!reader.present() || !reader.map_of({"valid_for"})) return fallback;
  if (effect != core::EffectClass::idempotent)
    reader.error(
        "is for actions that may be repeated under their key; write idempotent: true "
        "into the action, or leave it out");
  return reader.at("valid_for").duration(fallback);
}

std::optional<core::BreakerPolicy> read_breaker(const Reader& reader) {
  if (!reader.map_of({"name", "failures", "open_for"})) return {};
  core::BreakerPolicy policy;
  policy.name = reader.at("name").text();
  static const re2::RE2 form(R"([A-Za-z0-9_.:\[\]-]{0,255})");
  if (!re2::RE2::FullMatch(policy.name, form))
    reader.at("name").error(
        fmt::format("'{}' may only hold letters, digits, '.', ':', '_' and '-'", policy.name));
  policy.failures = static_cast<int>(reader.at("failures").number(1, 1000, policy.failures));
  policy.open_for = reader.at("open_for").duration(policy.open_for);
  if (policy.open_for > std::chrono::hours(24)) reader.at("open_for").error("must be at most 24h");
  return policy;
}

std::optional<core::FollowUp> read_follow_up(const Reader& reader) {
  if (!reader.present()) return {};
  core::FollowUp out;
  if (!reader.is_map()) {
    out.action = reader.required_text();
    return out;
  }
  if (!reader.map_of({"action", "parameters", "after"})) return {};
  out.action = reader.at("action").required_text();
  const Reader parameters = reader.at("parameters");
  if (parameters.present()) {
    out.parameters = Json::object();
    for (const auto& [name, value] : parameters.members()) out.parameters[name] = value.json();
    check_templates(parameters);
  }
  out.after = reader.at("after").duration(out.after);
  if (out.after > kLongestWait) reader.at("after").error("must be at most 24h");
  return out;
}

}  // namespace countersign::config
