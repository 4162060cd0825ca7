// The short ids people see and type: R12 is a run, E7 an event, D3 a dead letter, S4 a standing
// approval, B2 a review after break-glass, F5 a freeze; 32 hex digits are a correlation id.
#pragma once
#include <optional>
#include <string>

#include "bot/core/ids.h"

namespace countersign::engine {

std::string show(core::RunId run);
std::string show(core::EventId event);
std::string show(core::DeadLetterId letter);
std::string show(core::StandingId standing);
std::string show(core::ReviewId review);
std::string show(core::FreezeId freeze);

struct Reference {
  core::RunId run;
  core::EventId event;
  core::CorrelationId correlation;
};
// "R12", "r12", "12" (a run), "E7", or a correlation id with or without dashes.
std::optional<Reference> parse_reference(const std::string& text);
// "D3", "d3", "3".
std::optional<core::DeadLetterId> parse_dead_letter(const std::string& text);
std::optional<core::StandingId> parse_standing(const std::string& text);
std::optional<core::ReviewId> parse_review(const std::string& text);
std::optional<core::FreezeId> parse_freeze(const std::string& text);

}  // namespace countersign::engine
