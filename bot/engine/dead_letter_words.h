// What the bot says about dead letters: the list, what was made of one, and what can be made of
// one. Pure, and short enough for a phone.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "bot/core/message.h"
#include "bot/store/dead_letters.h"

namespace countersign::engine {

// "event E7", "run R12", "a message about R12"
std::string subject_of(const store::DeadLetter& letter);

// The newest letters, of `all` that are open; how long ago each died is told by the clock given.
core::Message dead_letters_message(const std::vector<store::DeadLetter>& letters, std::int64_t all,
                                   core::Instant now, const std::string& prefix);
// "D12 was already retried by @alice at ..."
core::Message already_resolved(const store::DeadLetter& letter);
// "!retry D12 tries it again, !discard D12 puts it away."
std::string what_next(core::DeadLetterId letter, const std::string& prefix);

}  // namespace countersign::engine
