#include "adapters/sandbox/slack/text.h"

#include <algorithm>
#include <cctype>

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr std::size_t kSeconds = 10;
constexpr std::size_t kMicros = 6;

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct Entity {
  char character;
  std::string_view text;
};
constexpr Entity kEntities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}};

Token token_of(std::string_view inside) {
  const std::size_t bar = inside.find('|');
  Token token;
  token.label = bar == inside.npos ? "" : unescape(inside.substr(bar + 1));
  std::string_view target = inside.substr(0, bar);
  if (target.starts_with("!subteam^")) {
    token.kind = Token::Kind::group;
    target.remove_prefix(9);
  } else if (target.starts_with("!date^")) {
    token.kind = Token::Kind::date;
    target.remove_prefix(6);
  } else if (target.starts_with('!')) {
    token.kind = Token::Kind::broadcast;
    target.remove_prefix(1);
  } else if (target.starts_with('@')) {
    token.kind = Token::Kind::user;
    target.remove_prefix(1);
  } else if (target.starts_with('#')) {
    token.kind = Token::Kind::channel;
    target.remove_prefix(1);
  } else {
    token.kind = Token::Kind::link;
  }
  token.value = token.kind == Token::Kind::link ? unescape(target) : std::string(target);
  return token;
}

// Where a token that opens at `open` closes; npos: it is none.
std::size_t close_of(std::string_view markup, std::size_t open) {
  const std::size_t close = markup.find_first_of("<>\n", open + 1);
  if (close == markup.npos || markup[close] != '>' || close == open + 1) return markup.npos;
  const std::string_view inside = markup.substr(open + 1, close - open - 1);
  const bool known = std::string_view("@#!").find(inside[0]) != inside.npos ||
                     inside.find("://") != inside.npos || inside.starts_with("mailto:");
  return known ? close : markup.npos;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
}

// "@name" as the token for whom it names; "" if nobody.
std::string mention_token(World& world, const std::string& name) {
  if (name == "here" || name == "channel" || name == "everyone") return "<!" + name + ">";
  if (const User* const user = world.user_named(name)) return "<@" + user->id + ">";
  for (const auto& [id, group] : world.groups) {
    if (group.handle == name) return "<!subteam^" + id + ">";
  }
  return "";
}

std::string channel_token(World& world, const std::string& name) {
  const Channel* const channel = world.channel_named(name);
  return channel ? "<#" + channel->id + "|" + name + ">" : "";
}

// The word at `at`, without the dots and dashes that end a sentence.
std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  while (end > at && !std::isalnum(static_cast<unsigned char>(text[end - 1]))) --end;
  return text.substr(at, end - at);
}

std::string_view address_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (!rest.starts_with("http://") && !rest.starts_with("https://")) return {};
  std::string_view address = rest.substr(0, rest.find_first_of(" \t\n<>\"`"));
  while (std::string_view(".,;:!?)'").find(address.back()) != rest.npos) address.remove_suffix(1);
  return address;
}

// What begins at `at`, as a token, and how much of the text it takes; nothing: an ordinary
// character.
std::string typed_token(World& world, std::string_view text, std::size_t at, std::size_t& taken) {
  if (at > 0 && is_word(text[at - 1])) return "";
  if (const std::string_view address = address_at(text, at); !address.empty()) {
    taken = address.size();
    return "<" + escape(address) + ">";
  }
  if (text[at] != '@' && text[at] != '#') return "";
  const std::string name(word_at(text, at + 1));
  taken = 1 + name.size();
  return text[at] == '@' ? mention_token(world, name) : channel_token(world, name);
}

}  // namespace

std::string ts_of(std::string_view post_id) {
  return std::string(post_id.substr(0, kSeconds)) + "." + std::string(post_id.substr(kSeconds));
}

std::string post_id_of(std::string_view ts) {
  if (ts.size() != kSeconds + 1 + kMicros || ts[kSeconds] != '.') return "";
  const std::string id = std::string(ts.substr(0, kSeconds)) + std::string(ts.substr(kSeconds + 1));
  return is_digits(id) ? id : "";
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto entity = std::ranges::find(kEntities, c, &Entity::character);
    if (entity == std::end(kEntities)) {
      out += c;
    } else {
      out += entity->text;
    }
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto entity = std::ranges::find_if(
        kEntities, [&](const Entity& one) { return text.starts_with(one.text); });
    const bool found = entity != std::end(kEntities);
    out += found ? entity->character : text.front();
    text.remove_prefix(found ? entity->text.size() : 1);
  }
  return out;
}

std::vector<Token> tokens(std::string_view markup) {
  std::vector<Token> all;
  std::string plain;
  const auto flush = [&] {
    if (!plain.empty()) all.push_back({Token::Kind::text, unescape(plain), ""});
    plain.clear();
  };
  for (std::size_t at = 0; at < markup.size(); ++at) {
    const std::size_t close = markup[at] == '<' ? close_of(markup, at) : markup.npos;
    if (close == markup.npos) {
      plain += markup[at];
      continue;
    }
    flush();
    all.push_back(token_of(markup.substr(at + 1, close - at - 1)));
    at = close;
  }
  flush();
  return all;
}

// Between ticks nothing is a name or an address.
std::string from_typed(World& world, const std::string& typed) {
  std::string out;
  bool code = false;
  for (std::size_t at = 0; at < typed.size();) {
    if (typed[at] == '`') code = !code;
    std::size_t taken = 1;
    const std::string token = code ? "" : typed_token(world, typed, at, taken);
    if (token.empty()) {
      out += escape(typed.substr(at++, 1));
    } else {
      out += token;
      at += taken;
    }
  }
  return out;
}

std::string from_bot(std::string_view markup) {
  std::string out;
  for (std::size_t at = 0; at < markup.size(); ++at) {
    const std::string_view rest = markup.substr(at);
    const std::size_t close = rest.front() == '<' ? close_of(markup, at) : markup.npos;
    const bool entity = std::ranges::any_of(
        kEntities, [&](const Entity& one) { return rest.starts_with(one.text); });
    if (close != markup.npos) {
      out += markup.substr(at, close - at + 1);
      at = close;
    } else {
      out += entity ? std::string(1, rest.front()) : escape(rest.substr(0, 1));
    }
  }
  return out;
}

std::vector<std::string> named_in(World& world, const std::string& markup) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& id) {
    if (const User* const user = world.user(id)) names.push_back(user->username);
  };
  for (const Token& token : tokens(markup)) {
    if (token.kind == Token::Kind::user) add(token.value);
    if (token.kind == Token::Kind::broadcast) {
      names.push_back(token.value == "everyone" ? "all" : token.value);
    }
    const auto group = world.groups.find(token.value);
    if (token.kind != Token::Kind::group || group == world.groups.end()) continue;
    for (const std::string& id : group->second.users) add(id);
  }
  return names;
}

bool mentions(std::string_view markup, std::string_view user_id) {
  return std::ranges::any_of(tokens(markup), [&](const Token& token) {
    return token.kind == Token::Kind::user && token.value == user_id;
  });
}

Json rich_text(std::string_view markup, const std::string& block_id) {
  Json elements = Json::array();
  for (const Token& token : tokens(markup)) {
    Json element;
    switch (token.kind) {
      case Token::Kind::user:
        element = {{"type", "user"}, {"user_id", token.value}};
        break;
      case Token::Kind::channel:
        element = {{"type", "channel"}, {"channel_id", token.value}};
        break;
      case Token::Kind::group:
        element = {{"type", "usergroup"}, {"usergroup_id", token.value}};
        break;
      case Token::Kind::broadcast:
        element = {{"type", "broadcast"}, {"range", token.value}};
        break;
      case Token::Kind::link:
        element = {{"type", "link"}, {"url", token.value}};
        if (!token.label.empty()) element["text"] = token.label;
        break;
      default:
        element = {{"type", "text"}, {"text", token.value}};
    }
    elements.push_back(std::move(element));
  }
  Json section = {{"type", "rich_text_section"}, {"elements", std::move(elements)}};
  return {{"type", "rich_text"}, {"block_id", block_id}, {"elements", Json::array({section})}};
}

std::size_t length_of(std::string_view utf8) {
  std::size_t units = 0;
  for (const char byte : utf8) {
    const auto value = static_cast<unsigned char>(byte);
    if ((value & 0xC0) != 0x80) units += value >= 0xF0 ? 2 : 1;
  }
  return units;
}

}  // namespace countersign::adapters::sandbox::slack
