// A message for one person that the record must not hold in the clear (T45). In the outbox it lies
// sealed under the configured key; whoever sends it opens it on the way out, and the database
// empties it once it was sent or given up.
#pragma once
#include <optional>
#include <string>

#include "bot/core/message.h"
#include "bot/core/ports/services.h"
#include "bot/core/result.h"
#include "config/settings.h"

namespace countersign::engine {

// `outside` is what remains of it afterwards; `person` is the account that is told.
core::Message seal_note(const core::Message& inside, core::Message outside,
                        const std::string& person, const config::StepUp& step_up,
                        core::IdSource& ids);
// What was sealed for this person, or why it cannot be opened.
Result<core::Message> open_note(const core::Message& note, const std::string& person,
                                const std::optional<config::StepUp>& step_up);

}  // namespace countersign::engine
