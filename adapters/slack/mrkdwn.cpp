#include "adapters/slack/mrkdwn.h"

#include <utility>

namespace countersign::adapters::slack {
namespace {

using Replacements = std::pair<std::string_view, std::string_view>;

constexpr Replacements kEntities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}};
constexpr Replacements kCurled[] = {{"\u201C", "\""}, {"\u201D", "\""},  {"\u201E", "\""},
                                    {"\u2018", "'"},  {"\u2019", "'"},   {"\u2013", "-"},
                                    {"\u2014", "--"}, {"\u2026", "..."}, {"\u00A0", " "}};

template <std::size_t N>
std::string replaced(std::string_view text, const Replacements (&table)[N]) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t taken = 0;
    for (const auto& [from, to] : table) {
      if (!text.substr(at).starts_with(from)) continue;
      out += to;
      taken = from.size();
      break;
    }
    if (taken == 0) out += text[at];
    at += taken == 0 ? 1 : taken;
  }
  return out;
}

std::string unescape(std::string_view text) { return replaced(text, kEntities); }

// "<!subteam^S1|@sre>", "<!here>", "<!date^...|fallback>": what stands after the "!".
std::string special(std::string_view body, std::string_view label) {
  if (!label.empty())
    return unescape(label.starts_with('@') || body.starts_with("date^") ? label
                                                                        : "@" + std::string(label));
  constexpr std::string_view kTeam = "subteam^";
  if (body.starts_with(kTeam)) return "@" + std::string(body.substr(kTeam.size()));
  return "@" + std::string(body);
}

std::string shown(std::string_view token, const NameOf& name_of) {
  const auto bar = token.find('|');
  const auto body = token.substr(0, bar);
  const auto label = bar == std::string_view::npos ? std::string_view() : token.substr(bar + 1);
  if (body.starts_with('!')) return special(body.substr(1), label);
  if (body.starts_with('@'))
    return "@" + (label.empty() ? name_of(std::string(body.substr(1))) : unescape(label));
  if (body.starts_with('#')) return "#" + unescape(label.empty() ? body.substr(1) : label);
  return unescape(label.empty() ? body : label);
}

}  // namespace

std::string escape(std::string_view text) {
  constexpr Replacements kEscapes[] = {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}};
  return replaced(text, kEscapes);
}

std::string plain_text(std::string_view markup, const NameOf& name_of) {
  std::string out;
  while (!markup.empty()) {
    const auto open = std::min(markup.find('<'), markup.size());
    out += unescape(markup.substr(0, open));
    markup.remove_prefix(open);
    if (markup.empty()) break;
    const auto close = markup.find('>');
    if (close == std::string_view::npos) return out + unescape(markup);
    out += shown(markup.substr(1, close - 1), name_of);
    markup.remove_prefix(close + 1);
  }
  return out;
}

std::string straightened(std::string_view text) { return replaced(text, kCurled); }

}  // namespace countersign::adapters::slack
