// Filters for HTML and addresses.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/formatting.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/jinja/texts.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

Value escape_once(Rendering& r, Call& c) {
  if (c.self.is(Kind::markup)) return c.self;
  return r.text(escape(str(r, c.self)), Kind::markup);
}
Value escape_always(Rendering& r, Call& c) { return r.text(escape(str(r, c.self)), Kind::markup); }
Value safe(Rendering& r, Call& c) { return r.text(str(r, c.self), Kind::markup); }

std::string percent_encoded(std::string_view text, bool in_query) {
  constexpr std::string_view kPlain = "_.-~";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(c) != std::string_view::npos || (c == '/' && !in_query);
    if (plain) {
      out += c;
    } else if (c == ' ' && in_query) {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Value urlencode(Rendering& r, Call& c) {
  if (c.self.is_text() || !can_walk(c.self)) return r.text(percent_encoded(str(r, c.self), false));
  std::vector<std::string> out;
  const auto add = [&](const Value& key, const Value& value) {
    out.push_back(percent_encoded(str(r, key), true) + "=" + percent_encoded(str(r, value), true));
  };
  if (c.self.is(Kind::dict)) {
    for (const auto& [key, value] : entries(r, c.self)) add(key, value);
  } else {
    for (const Value& element : elements(r, c.self)) {
      const std::vector<Value> pair = elements(r, element);
      if (pair.size() != 2) return r.fail("'urlencode' needs pairs");
      add(pair[0], pair[1]);
    }
  }
  return r.text(fmt::format("{}", fmt::join(out, "&")));
}

std::string without_entities(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&lt;", "<"},  {"&gt;", ">"},        {"&quot;", "\""}, {"&#34;", "\""},
      {"&#39;", "'"}, {"&nbsp;", "\u00a0"}, {"&amp;", "&"}};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto* const found = std::ranges::find_if(kEntities, [&](const auto& entity) {
      return std::string_view(text).substr(at).starts_with(entity.first);
    });
    if (found == std::end(kEntities)) {
      out += text[at++];
    } else {
      out += found->second;
      at += found->first.size();
    }
  }
  return out;
}

// Comments first, then tags; runs of blanks become one.
Value striptags(Rendering& r, Call& c) {
  std::string text = str(r, c.self);
  static const re2::RE2 kComment("(?s)<!--.*?-->");
  static const re2::RE2 kTag("(?s)<.*?>");
  re2::RE2::GlobalReplace(&text, kComment, "");
  re2::RE2::GlobalReplace(&text, kTag, "");
  r.spend(text.size() / 16);
  return r.text(without_entities(fmt::format("{}", fmt::join(split_at_blanks(text, -1), " "))));
}

Value xmlattr(Rendering& r, Call& c) {
  if (!c.self.is(Kind::dict)) return r.fail("'xmlattr' needs a dict");
  std::vector<std::string> out;
  for (const auto& [key, value] : entries(r, c.self)) {
    if (value.is(Kind::none) || !value.defined()) continue;
    const std::string name = str(r, key);
    if (name.find_first_of(" \t\n\r\f\v/>=") != std::string::npos)
      return r.fail("'xmlattr' found a name that cannot be one of an attribute");
    out.push_back(escape(name) + "=\"" +
                  (value.is(Kind::markup) ? *value.text : escape(str(r, value))) + "\"");
  }
  const std::string all = fmt::format("{}", fmt::join(out, " "));
  return r.text(flag(r, c[0], true) && !all.empty() ? " " + all : all);
}

// "(see https://example.com)." with a link; what surrounds an address stays outside of it.
Value urlize(Rendering& r, Call& c) {
  static const re2::RE2 kAddress(
      "^([(<]|&lt;)*((?:https?://"
      "|www\\.)[^\\s<>]+?|[^\\s<>@]+@[\\w.-]+\\.\\w+)((?:[.,)>\\n]|&gt;)*)$");
  static const re2::RE2 kWord("(\\s+|\\S+)");
  const std::string text = escape(str(r, c.self));
  const std::int64_t most = c[0].is(Kind::none) ? -1 : whole(r, c[0], -1);
  const std::string rel = flag(r, c[1]) ? "nofollow noopener" : words(r, c[3], "noopener");
  re2::StringPiece rest(text);
  std::string word, out;
  while (re2::RE2::Consume(&rest, kWord, &word) && r.spend()) {
    std::string before, address, after;
    if (!re2::RE2::FullMatch(word, kAddress, &before, &address, &after)) {
      out += word;
      continue;
    }
    const bool mail = address.find("://") == std::string::npos && !address.starts_with("www.");
    const std::string href = mail                          ? "mailto:" + address
                             : address.starts_with("www.") ? "https://" + address
                                                           : address;
    std::string shown = address;
    if (most >= 0 && static_cast<std::int64_t>(shown.size()) > most)
      shown = shown.substr(0, static_cast<std::size_t>(most)) + "...";
    const std::string target =
        c[2].is_text() ? fmt::format(" target=\"{}\"", escape(*c[2].text)) : "";
    out += before +
           fmt::format("<a href=\"{}\"{}{}>{}</a>", href,
                       mail ? "" : fmt::format(" rel=\"{}\"", escape(rel)), mail ? "" : target,
                       shown) +
           after;
  }
  return r.text(std::move(out));
}

const Method kFilters[] = {
    {"escape", "", escape_once},        {"e", "", escape_once},
    {"forceescape", "", escape_always}, {"safe", "", safe},
    {"urlencode", "", urlencode},       {"striptags", "", striptags},
    {"xmlattr", "autospace", xmlattr},  {"urlize", "trim_url_limit nofollow target rel", urlize},
};

}  // namespace

Methods html_filters() { return kFilters; }

}  // namespace countersign::core::jinja
