#include "adapters/mattermost/markdown.h"

#include <algorithm>
#include <cctype>

#include "bot/core/message.h"

namespace countersign::adapters::mattermost {
namespace {

// Splits "@name", ":emoji:" and "://" without changing how they look.
constexpr std::string_view kZeroWidthSpace = "\u200B";

bool alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool alnum_at(std::string_view text, std::size_t at) { return at < text.size() && alnum(text[at]); }

// Length of "&amp;", "&#64;" and the like at the beginning of the text; 0 if it is none.
std::size_t entity_length(std::string_view text) {
  const auto end = text.substr(0, 40).find(';');
  if (end == std::string_view::npos || end < 2) return 0;
  const auto name = text.substr(1, end - 1);
  return std::ranges::all_of(name, [](char c) { return alnum(c) || c == '#'; }) ? end + 1 : 0;
}

bool emoji_begins(std::string_view text) {
  const auto end = text.find(':', 1);
  if (end == std::string_view::npos || end == 1) return false;
  const auto name = text.substr(1, end - 1);
  const bool letters = std::ranges::any_of(
      name, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
  return letters && std::ranges::all_of(
                        name, [](char c) { return alnum(c) || c == '_' || c == '+' || c == '-'; });
}

// Where a line of `text` that begins a block has the character that makes it one: "#", "-", "12.".
std::size_t block_mark(std::string_view text) {
  if (text.empty()) return std::string_view::npos;
  if (std::string_view("#>-+=").find(text[0]) != std::string_view::npos) return 0;
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const bool list =
      digits > 0 && digits < text.size() && (text[digits] == '.' || text[digits] == ')');
  return list ? digits : std::string_view::npos;
}

// What stands for the character at `at`; `rest` is the text from there on.
std::string replacement(std::string_view text, std::size_t at, bool marks_block) {
  const char c = text[at];
  const auto rest = text.substr(at);
  const std::string itself(1, c);
  if (marks_block) return "\\" + itself;
  switch (c) {
    case '\\':
    case '`':
    case '*':
    case '[':
    case ']':
    case '|':
    case '~':
      return "\\" + itself;
    case '_':  // within a word it is only a letter
      return at > 0 && alnum(text[at - 1]) && alnum_at(text, at + 1) ? itself : "\\_";
    case '<':
      return rest.size() > 1 && (alnum(rest[1]) ||
                                 std::string_view("/!?").find(rest[1]) != std::string_view::npos)
                 ? "\\<"
                 : itself;
    case '&':
      return entity_length(rest) > 0 ? "&amp;" : itself;
    case '@':
      return itself + std::string(kZeroWidthSpace);
    case ':':
      return emoji_begins(rest) || rest.starts_with("://") ? itself + std::string(kZeroWidthSpace)
                                                           : itself;
    case '.': {
      const auto before = text.substr(0, at);
      const bool www = before.size() >= 3 && (before.ends_with("www") || before.ends_with("WWW"));
      return www ? "\\." : itself;
    }
    case '\n':
    case '\r':
    case '\t':
      return " ";
    default:
      return itself;
  }
}

std::size_t longest_run_of_ticks(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string escape(std::string_view text, bool line_start) {
  if (line_start) text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const auto mark = line_start ? block_mark(text) : std::string_view::npos;
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) out += replacement(text, at, at == mark);
  return out;
}

std::string code_span(std::string_view text) {
  std::string inside(text);
  std::ranges::replace_if(
      inside, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  if (inside.find_first_not_of(' ') == std::string::npos) return "` `";
  const std::string fence(longest_run_of_ticks(inside) + 1, '`');
  const bool padded = inside.front() == '`' || inside.back() == '`';
  return fence + (padded ? " " : "") + inside + (padded ? " " : "") + fence;
}

std::string code_block(std::string_view text) {
  const std::string fence(std::max<std::size_t>(3, longest_run_of_ticks(text) + 1), '`');
  std::string inside(text);
  std::erase(inside, '\r');
  while (inside.ends_with('\n')) inside.pop_back();
  return fence + "\n" + inside + "\n" + fence;
}

std::size_t code_points(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string first_code_points(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && count-- == 0) break;
  }
  return std::string(text.substr(0, at));
}

std::string shortened(std::string_view text, std::size_t limit) {
  std::string visible = core::make_visible(text, text.size());
  if (code_points(visible) <= limit) return visible;
  return first_code_points(visible, limit - 1) + "…";
}

}  // namespace countersign::adapters::mattermost
