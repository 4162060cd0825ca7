// Whether what a person wrote is meant for the bot. Pure.
#pragma once
#include <string_view>

namespace countersign::adapters::chat {

// It begins with the prefix and a word, begins with a mention of the bot, or asks "why?" in a
// thread.
bool is_for_bot(std::string_view text, bool in_thread, std::string_view bot_name,
                std::string_view prefix);

}  // namespace countersign::adapters::chat
