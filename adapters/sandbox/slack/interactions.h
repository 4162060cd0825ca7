// What people do with what the app shows them: buttons and menus, commands, windows. Each becomes
// an envelope, and its ack comes back to the person.
#pragma once
#include "adapters/sandbox/slack/acts.h"

namespace countersign::adapters::sandbox::slack {

void click(const Act& act);
void slash(const Act& act);
void submit(const Act& act);
void close(const Act& act);

}  // namespace countersign::adapters::sandbox::slack
