#include "adapters/sandbox/mentions.h"

#include <algorithm>
#include <cctype>

namespace countersign::adapters::sandbox {
namespace {

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
}

std::string without_code(std::string_view message) {
  std::string rest;
  while (!message.empty()) {
    const std::size_t open = message.find('`');
    rest += message.substr(0, open);
    if (open == message.npos) break;
    std::size_t ticks = message.find_first_not_of('`', open);
    if (ticks == message.npos) break;
    ticks -= open;
    const std::size_t close = message.find(std::string(ticks, '`'), open + ticks);
    if (close == message.npos) {  // an unclosed tick is only a character
      rest += ' ';
      message.remove_prefix(open + ticks);
      continue;
    }
    rest += ' ';
    message.remove_prefix(close + ticks);
  }
  return rest;
}

}  // namespace

std::vector<std::string> mentioned_names(std::string_view message) {
  const std::string text = without_code(message);
  std::vector<std::string> names;
  for (std::size_t at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
    if (at > 0 && in_word(text[at - 1])) continue;  // an e-mail address
    std::string name;
    for (std::size_t i = at + 1; i < text.size() && in_word(text[i]); ++i) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
    }
    while (!name.empty() && !std::isalnum(static_cast<unsigned char>(name.back()))) name.pop_back();
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace countersign::adapters::sandbox
