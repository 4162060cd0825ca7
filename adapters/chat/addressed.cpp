#include "adapters/chat/addressed.h"

#include <cctype>

#include "bot/core/command.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::chat {
namespace {

bool word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '-' || c == '.' || byte >= 0x80;
}

bool mentions_first(std::string_view text, std::string_view name) {
  if (name.empty() || !text.starts_with('@')) return false;
  text.remove_prefix(1);
  if (core::to_lower(text.substr(0, name.size())) != core::to_lower(name)) return false;
  text.remove_prefix(name.size());
  return text.empty() || !word_byte(text.front());
}

// "why?", "why did this run?", "why not?" and their like, as the whole text.
bool is_question(std::string_view text, std::string_view prefix) {
  const auto command = core::parse_command(text, prefix);
  return (command.verb == "why" || command.verb == "why-not") && command.words.empty() &&
         command.parameters.empty();
}

}  // namespace

bool is_for_bot(std::string_view text, bool in_thread, std::string_view bot_name,
                std::string_view prefix) {
  text = core::trim(text);
  if (text.size() > prefix.size() && text.starts_with(prefix) && word_byte(text[prefix.size()]))
    return true;
  return mentions_first(text, bot_name) || (in_thread && is_question(text, prefix));
}

}  // namespace countersign::adapters::chat
