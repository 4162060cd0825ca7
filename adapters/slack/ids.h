// The forms of Slack's ids and message times. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "bot/core/instant.h"

namespace countersign::adapters::slack {

bool is_user_id(std::string_view text);     // "U..." or "W..."
bool is_channel_id(std::string_view text);  // "C...", "G..." or "D..."
bool is_group_id(std::string_view text);    // "S..."

// "1732191000.000100": seconds and microseconds, the id of a message in its channel. Nothing for
// any other form; two of them compare as text.
std::optional<core::Instant> instant_of(std::string_view ts);
std::string ts_of(core::Instant time);

}  // namespace countersign::adapters::slack
