// Who would have to approve an action, by name, and whether the one who asks counts. Pure, and
// short enough for a phone.
#pragma once
#include "bot/core/electorate.h"
#include "bot/core/message.h"
#include "bot/engine/outlook.h"

namespace countersign::engine {

core::Message who_can_message(const Snapshot& now, const Outlook& outlook,
                              const core::Electorate& electorate, const core::Person& who,
                              core::Instant at);

}  // namespace countersign::engine
