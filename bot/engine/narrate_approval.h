// Who has to agree, who has, and who is missing: in words, for the plan, the lists and the story
// told afterwards.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/approval.h"
#include "bot/core/message.h"
#include "bot/engine/narrate.h"

namespace countersign::engine {

// "1 person of sre (alice, bob) and 1 person of managers (carol), not the requester; approved so
// far: alice; still missing: 1 of managers"
core::Line approval_line(const PlanStory& story);
// "Approved by alice at ...", "Denied by bob at ...": the acts that counted, in order.
std::vector<core::Line> vote_lines(const PlanStory& story);
// By which standing approval a run starts.
core::Line standing_line(const core::Standing& standing);

// "1 of sre and 1 of managers, not the requester, with a one-time code"
std::string demand_words(const core::Demand& demand);
// What is missing, as far as it can be told without knowing who holds what: "1 more of sre".
std::string missing_words(const core::Approval& approval);

// A reminder or an escalation, in the thread or in a channel that is told as well.
core::Message notice_message(const core::Run& run, const core::Approval& approval,
                             const core::Notice& notice, const core::Electorate& electorate,
                             core::Instant now);

}  // namespace countersign::engine
