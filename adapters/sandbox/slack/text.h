// Slack's markup: what people type becomes it, and it falls apart into its tokens. Pure, but for
// looking up names.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sandbox/world.h"

namespace countersign::adapters::sandbox::slack {

// A message's id in the world is its time without the point.
std::string ts_of(std::string_view post_id);
std::string post_id_of(std::string_view ts);  // "" if it is none

std::string escape(std::string_view text);
std::string unescape(std::string_view text);

struct Token {
  enum class Kind { text, user, channel, group, broadcast, link, date } kind = Kind::text;
  std::string value;  // text: unescaped; otherwise id, range or address
  std::string label;  // unescaped; may be empty
};
std::vector<Token> tokens(std::string_view markup);

// What a person typed, as Slack keeps it: names and addresses made tokens, the rest escaped.
std::string from_typed(World& world, const std::string& typed);
// What a bot sent, as Slack keeps it: stray special characters escaped.
std::string from_bot(std::string_view markup);
// Usernames, "channel", "here", "all" that a message names; groups as their people.
std::vector<std::string> named_in(World& world, const std::string& markup);
bool mentions(std::string_view markup, std::string_view user_id);
// The rich_text block that comes with what a person typed.
Json rich_text(std::string_view markup, const std::string& block_id);

// UTF-16 units, the strictest count that clients of Slack may mean by characters.
std::size_t length_of(std::string_view utf8);

}  // namespace countersign::adapters::sandbox::slack
