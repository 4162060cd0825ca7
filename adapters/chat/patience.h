// Waiting for a chat service that asks for time.
#pragma once
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

namespace countersign::adapters::chat {

void pause(std::chrono::milliseconds time, const std::stop_token& stop);

// The value of a Retry-After header in seconds, at most an hour; nothing for anything else.
std::optional<std::chrono::milliseconds> parse_retry_after(const std::string& text);

}  // namespace countersign::adapters::chat
