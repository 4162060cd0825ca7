#include "bot/core/message.h"

#include <array>
#include <cstdint>
#include <optional>

#include "bot/core/table.h"

namespace countersign::core {
namespace {

constexpr std::array kSpanKinds{"plain", "bold", "code", "person", "time"};
constexpr std::array kTones{"neutral", "waiting", "running", "good", "bad", "warning"};
constexpr std::array kStyles{"plain", "primary", "danger"};

// One code point; advances `at`. Nothing for a byte that is not valid UTF-8 there (RFC 3629: no
// overlong forms, no surrogates, nothing above U+10FFFF).
std::optional<char32_t> decode(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u;
  };
  const std::uint32_t lead = byte(at);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0) {
    ++at;
    return std::nullopt;
  }
  char32_t value = length == 1 ? lead : lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint32_t next = byte(at + i);
    if ((next & 0xC0u) != 0x80u) {
      ++at;
      return std::nullopt;
    }
    value = (value << 6) | (next & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
    ++at;
    return std::nullopt;
  }
  at += length;
  return value;
}

bool invisible(char32_t c) {
  return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0) ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x00AD || c == 0x061C ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

std::string escape(char32_t c) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string hex;
  for (; c != 0 || hex.size() < 4; c >>= 4) hex.insert(hex.begin(), digits[c & 0xF]);
  return "\\u{" + hex + "}";
}

std::string text_of(const Line& line) {
  std::string out;
  for (const Span& s : line)
    out += s.kind == Span::Kind::person ? "@" + (s.label.empty() ? s.text : s.label) : s.text;
  return out;
}

}  // namespace

Span plain(std::string text) { return {Span::Kind::plain, std::move(text), {}}; }
Span bold(std::string text) { return {Span::Kind::bold, std::move(text), {}}; }
Span code(std::string text) { return {Span::Kind::code, std::move(text), {}}; }
Span person(std::string key, std::string name) {
  return {Span::Kind::person, std::move(key), std::move(name)};
}
Span time(Instant t) {
  return {Span::Kind::time, format_instant(std::chrono::floor<std::chrono::seconds>(t)), {}};
}

void to_json(Json& j, const Span& s) {
  j = Json{{"kind", kSpanKinds.at(static_cast<std::size_t>(s.kind))}, {"text", s.text}};
  if (!s.label.empty()) j["label"] = s.label;
}
void from_json(const Json& j, Span& s) {
  s.kind = parse_name<Span::Kind>(kSpanKinds, j.at("kind").get<std::string>())
               .value_or(Span::Kind::plain);
  j.at("text").get_to(s.text);
  s.label = j.value("label", "");
}
void to_json(Json& j, const Field& f) { j = Json{{"label", f.label}, {"value", f.value}}; }
void from_json(const Json& j, Field& f) {
  j.at("label").get_to(f.label);
  j.at("value").get_to(f.value);
}
void to_json(Json& j, const Button& b) {
  j = Json{{"id", b.id},
           {"label", b.label},
           {"style", kStyles.at(static_cast<std::size_t>(b.style))},
           {"context", b.context}};
  for (const Choice& c : b.choices)
    j["choices"].push_back({{"value", c.value}, {"label", c.label}});
}
void from_json(const Json& j, Button& b) {
  j.at("id").get_to(b.id);
  j.at("label").get_to(b.label);
  b.style = parse_name<Button::Style>(kStyles, j.at("style").get<std::string>())
                .value_or(Button::Style::plain);
  b.context = j.at("context");
  for (const Json& c : j.value("choices", Json::array()))
    b.choices.push_back({c.at("value").get<std::string>(), c.at("label").get<std::string>()});
}

void to_json(Json& j, const Message& m) {
  j = Json{{"tone", kTones.at(static_cast<std::size_t>(m.tone))},
           {"title", m.title},
           {"lines", m.lines},
           {"fields", m.fields},
           {"block", m.block},
           {"buttons", m.buttons},
           {"footer", m.footer},
           {"fallback", m.fallback}};
  if (!m.without_buttons.empty()) j["without_buttons"] = m.without_buttons;
  if (m.file) j["file"] = {{"name", m.file->name}, {"text", m.file->text}};
  if (!m.sealed.empty()) j["sealed"] = m.sealed;
}
void from_json(const Json& j, Message& m) {
  m.tone = parse_name<Tone>(kTones, j.at("tone").get<std::string>()).value_or(Tone::neutral);
  j.at("title").get_to(m.title);
  j.at("lines").get_to(m.lines);
  j.at("fields").get_to(m.fields);
  j.at("block").get_to(m.block);
  j.at("buttons").get_to(m.buttons);
  j.at("footer").get_to(m.footer);
  j.at("fallback").get_to(m.fallback);
  m.without_buttons = j.value("without_buttons", Line{});
  m.sealed = j.value("sealed", "");
  if (j.contains("file"))
    m.file = File{j["file"].at("name").get<std::string>(), j["file"].at("text").get<std::string>()};
}

std::string as_text(const Message& m) {
  std::string out;
  const auto add = [&out](const std::string& line) { out += line + "\n"; };
  if (!m.title.empty()) add(text_of(m.title));
  for (const Field& f : m.fields) add("  " + f.label + ": " + text_of(f.value));
  for (const Line& line : m.lines) add(text_of(line));
  if (!m.block.empty()) add(m.block);
  for (const Line& line : m.footer) add(text_of(line));
  return out;
}

std::string make_visible(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    if (count == limit) return out + "… (" + std::to_string(text.size() - at) + " more bytes)";
    const std::size_t start = at;
    const auto c = decode(text, at);
    if (!c) {
      out += "\uFFFD";
    } else if (invisible(*c)) {
      out += escape(*c);
    } else {
      out.append(text.substr(start, at - start));
    }
  }
  return out;
}

}  // namespace countersign::core
