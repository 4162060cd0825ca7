// What an action says about its failures: whether and when it is tried again, when what it works on
// is left alone for a while, and what checks it and takes it back.
#pragma once
#include <optional>

#include "bot/core/action.h"
#include "config/reader.h"

namespace countersign::config {

// {attempts: 3, base: 2s, cap: 5m, on: [not_applied, ambiguous]}. What an action of this effect
// must not do is a Problem; what is left out is what such an action may do.
core::Retry read_retry(const Reader& reader, core::EffectClass effect);
// {valid_for: 24h}: how long the far side knows the key of a run, for actions that may be repeated.
core::Duration read_key_age(const Reader& reader, core::EffectClass effect, core::Duration fallback);
// {name: payments, failures: 5, open_for: 1m}, all optional.
std::optional<core::BreakerPolicy> read_breaker(const Reader& reader);
// pack.action, or {action: pack.action, parameters: {...}, after: 30s}.
std::optional<core::FollowUp> read_follow_up(const Reader& reader);
// Reports that an action of this effect must not be tried again after such an outcome.
void check_repeatable(const Reader& reader, core::EffectClass effect, core::OutcomeClass outcome);

}  // namespace countersign::config
