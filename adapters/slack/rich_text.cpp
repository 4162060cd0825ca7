#include "adapters/slack/rich_text.h"

#include <algorithm>
#include <optional>

#include "adapters/slack/ids.h"
#include "adapters/slack/length.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kContextElements = 10;
constexpr std::size_t kContextText = 1000;
constexpr const char* kDateFormat = "{date_short_pretty} {time_secs}";  // in the reader's time zone

using Kind = core::Span::Kind;

// "2026-11-21T08:30:00Z" as people read it, and plainly UTC.
std::string readable(std::string time) {
  if (const auto t = time.find('T'); t != std::string::npos) time[t] = ' ';
  if (time.ends_with('Z')) time.replace(time.size() - 1, 1, " UTC");
  return time;
}

std::optional<std::int64_t> seconds_of(const core::Span& span) {
  if (span.kind != Kind::time) return std::nullopt;
  const auto time = core::parse_instant(span.text);
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
}

// The words of a span that is shown as text, on one line.
std::string words_of(const core::Span& span, std::size_t limit) {
  std::string text = span.text;
  if (span.kind == Kind::person) text = span.label.empty() ? span.text : span.label;
  if (span.kind == Kind::time) text = readable(span.text);
  text = core::make_visible(text, limit);
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return fitted(text, limit);
}

}  // namespace

std::string user_id_of(const std::string& key, const std::string& chat) {
  if (!key.starts_with(chat + ":")) return "";
  auto id = key.substr(chat.size() + 1);
  return is_user_id(id) ? id : "";
}

Json rich_text_element(const std::string& text, bool bold, bool code) {
  Json element = {{"type", "text"}, {"text", text}};
  if (bold) element["style"]["bold"] = true;
  if (code) element["style"]["code"] = true;
  return element;
}

Json rich_elements(const core::Line& line, const std::string& chat, std::size_t limit,
                   bool all_bold) {
  Json out = Json::array();
  for (const auto& span : line) {
    const bool bold = all_bold || span.kind == Kind::bold;
    if (span.kind == Kind::person && !user_id_of(span.text, chat).empty()) {
      out.push_back({{"type", "user"}, {"user_id", user_id_of(span.text, chat)}});
    } else if (const auto seconds = seconds_of(span)) {
      out.push_back({{"type", "date"},
                     {"timestamp", *seconds},
                     {"format", kDateFormat},
                     {"fallback", readable(span.text)}});
    } else {
      const auto text = words_of(span, limit);
      if (text.empty()) continue;
      limit -= std::min(limit, units(text));
      out.push_back(rich_text_element(text, bold, span.kind == Kind::code));
    }
  }
  return out;
}

Json rich_section(Json elements) {
  return {{"type", "rich_text_section"}, {"elements", std::move(elements)}};
}

Json rich_preformatted(const std::string& text) {
  return {{"type", "rich_text_preformatted"}, {"elements", Json::array({rich_text_element(text)})}};
}

Json plain_object(const std::string& text, std::size_t limit) {
  const auto visible = fitted(core::make_visible(text, limit), limit);
  return {{"type", "plain_text"}, {"text", visible.empty() ? " " : visible}, {"emoji", false}};
}

Json context_elements(const core::Line& line, const std::string& chat) {
  Json out = Json::array();
  const auto add_plain = [&out](const std::string& text) {
    if (!out.empty() && out.back()["type"] == "plain_text") {
      out.back()["text"] = fitted(out.back()["text"].get<std::string>() + text, kContextText);
    } else if (out.size() < kContextElements && core::trim(text) != "") {
      out.push_back({{"type", "plain_text"}, {"text", text}, {"emoji", false}});
    }
  };
  const auto add_token = [&out](const std::string& token) {
    if (out.size() < kContextElements)
      out.push_back({{"type", "mrkdwn"}, {"text", token}, {"verbatim", true}});
  };
  for (const auto& span : line) {
    const auto user = span.kind == Kind::person ? user_id_of(span.text, chat) : "";
    const auto seconds = seconds_of(span);
    if (!user.empty()) {
      add_token("<@" + user + ">");
    } else if (seconds) {
      add_token("<!date^" + std::to_string(*seconds) + "^" + kDateFormat + "|" +
                readable(span.text) + ">");
    } else {
      add_plain(words_of(span, kContextText));
    }
  }
  return out;
}

}  // namespace countersign::adapters::slack
