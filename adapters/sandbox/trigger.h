// Trigger ids: what a click leaves behind so that its integration may open a dialog for the
// clicker. Signed, 3 s.
#pragma once
#include <string>

#include "adapters/sandbox/model.h"

namespace countersign::adapters::sandbox {

struct Trigger {
  std::string id;  // what the clicker is told
  std::string user_id;
};

inline constexpr Millis kTriggerLife = 3'000;

std::string sign_trigger(const Trigger& trigger, const std::string& key, Millis now);
// Throws a Refusal: expired, or not ours.
Trigger open_trigger(const std::string& text, const std::string& key, Millis now);

}  // namespace countersign::adapters::sandbox
