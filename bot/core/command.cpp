#include "bot/core/command.h"

#include <algorithm>
#include <cctype>

namespace countersign::core {
namespace {

// Words separated by blanks; double or single quotes keep blanks together, also inside key="...".
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if ((c == '"' || c == '\'') && (word.empty() || word.back() == '=')) {
      quote = c;
      inside = true;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (inside) out.push_back(word);
      word.clear();
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) out.push_back(word);
  return out;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Questions people ask without a command word.
std::string question(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& w : words) text += (text.empty() ? "" : " ") + lower(w);
  while (!text.empty() && (text.back() == '?' || text.back() == ' ' || text.back() == '.'))
    text.pop_back();
  constexpr std::string_view why[] = {"why", "why did this run", "why did it run",
                                      "why did you run this", "why did that run"};
  constexpr std::string_view why_not[] = {"why not", "why did this not run", "why didn't this run"};
  if (std::ranges::find(why, text) != std::end(why)) return "why";
  return std::ranges::find(why_not, text) != std::end(why_not) ? "why-not" : "";
}

}  // namespace

std::string Command::rest() const {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

Command parse_command(std::string_view text, std::string_view prefix) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
    text.remove_prefix(1);
  const bool prefixed = text.starts_with(prefix);
  if (prefixed) text.remove_prefix(prefix.size());
  auto words = split(text);
  if (!prefixed && !words.empty() && words.front().starts_with('@')) words.erase(words.begin());
  Command command;
  if (words.empty()) return command;
  command.verb = question(words);
  if (!command.verb.empty()) return command;
  command.verb = lower(words.front());
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals != std::string::npos && is_name(std::string_view(words[i]).substr(0, equals))) {
      command.parameters[words[i].substr(0, equals)] = words[i].substr(equals + 1);
    } else {
      command.words.push_back(words[i]);
    }
  }
  return command;
}

}  // namespace countersign::core
