#include "bot/core/jinja/texts.h"

#include <re2/re2.h>
#include <string.h>  // memmem

#include <algorithm>

#include "bot/core/unicode.h"

namespace countersign::core::jinja {

std::vector<std::string> split_at(std::string_view text, std::string_view separator,
                                  std::int64_t most) {
  std::vector<std::string> out;
  while (most-- != 0) {
    const void* const at = memmem(text.data(), text.size(), separator.data(), separator.size());
    if (at == nullptr) break;
    const auto size = static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
    out.emplace_back(text.substr(0, size));
    text.remove_prefix(size + separator.size());
  }
  out.emplace_back(text);
  return out;
}

std::vector<std::string> split_at_blanks(std::string_view text, std::int64_t most) {
  std::vector<std::string> out;
  const std::u32string letters = to_code_points(text);
  std::u32string_view rest = letters;
  const auto blank = [](char32_t c) { return is_blank(c); };
  while (true) {
    rest.remove_prefix(
        static_cast<std::size_t>(std::ranges::find_if_not(rest, blank) - rest.begin()));
    if (rest.empty()) return out;
    if (most-- == 0) break;
    const auto size = static_cast<std::size_t>(std::ranges::find_if(rest, blank) - rest.begin());
    out.push_back(to_utf8(rest.substr(0, size)));
    rest.remove_prefix(size);
  }
  out.push_back(stripped(to_utf8(rest), nullptr, false, true));
  return out;
}

std::vector<std::string> split_lines(std::string_view text, bool keep_ends) {
  constexpr std::u32string_view kEnds = U"\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029";
  std::vector<std::string> out;
  const std::u32string letters = to_code_points(text);
  std::u32string_view rest = letters;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(kEnds), rest.size());
    std::size_t after = std::min(end + 1, rest.size());
    if (end + 1 < rest.size() && rest[end] == U'\r' && rest[end + 1] == U'\n') ++after;
    out.push_back(to_utf8(rest.substr(0, keep_ends ? after : end)));
    rest.remove_prefix(after);
  }
  return out;
}

std::string stripped(const std::string& text, const std::string* letters, bool left, bool right) {
  const std::u32string chars = letters != nullptr ? to_code_points(*letters) : std::u32string();
  const auto goes = [&](char32_t c) {
    return letters != nullptr ? chars.find(c) != std::u32string::npos : is_blank(c);
  };
  const std::u32string all = to_code_points(text);
  std::u32string_view rest = all;
  while (left && !rest.empty() && goes(rest.front())) rest.remove_prefix(1);
  while (right && !rest.empty() && goes(rest.back())) rest.remove_suffix(1);
  return to_utf8(rest);
}

std::size_t find_first(Rendering& r, std::string_view text, std::string_view part,
                       std::size_t from) {
  if (from > text.size() || !r.spend(1 + part.size() / 64)) return std::string_view::npos;
  const std::string_view rest = text.substr(from);
  if (part.empty()) return from;
  const void* const at = memmem(rest.data(), rest.size(), part.data(), part.size());
  if (at == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

std::size_t find_last(Rendering& r, std::string_view text, std::string_view part) {
  if (part.empty()) return text.size();
  std::size_t last = std::string_view::npos;
  for (std::size_t at = find_first(r, text, part, 0); at != std::string_view::npos;
       at = find_first(r, text, part, at + 1))
    last = at;
  return last;
}

std::string replaced(Rendering& r, const std::string& text, const std::string& from,
                     const std::string& by, std::int64_t most) {
  std::string out;
  if (from.empty()) {
    for (const char32_t c : to_code_points(text)) {
      if (most-- != 0) out += by;
      append_utf8(out, c);
      if (!r.spend() || out.size() > Rendering::kTextLimit) return out;
    }
    return most != 0 ? out + by : out;
  }
  std::size_t at = 0;
  for (std::size_t found = find_first(r, text, from, 0); found != text.npos && most-- != 0;
       found = find_first(r, text, from, at)) {
    out.append(text, at, found - at);
    out += by;
    at = found + from.size();
    if (r.failed() || out.size() > Rendering::kTextLimit) return out;
  }
  return out.append(text, at);
}

std::string capitalized(const std::string& text) {
  const std::u32string letters = to_code_points(text);
  if (letters.empty()) return {};
  // The capital of one letter may be two: ß is Ss.
  const std::u32string capital = to_code_points(to_upper(to_utf8({letters.data(), 1})));
  const auto rest = std::u32string_view(capital).substr(1);
  return to_utf8({capital.data(), 1}) + to_lower(to_utf8(rest)) +
         to_lower(to_utf8(std::u32string_view(letters).substr(1)));
}

bool is_upper(std::string_view text) { return to_upper(text) == text && to_lower(text) != text; }
bool is_lower(std::string_view text) { return to_lower(text) == text && to_upper(text) != text; }

bool consists_of(std::string_view text, const char* classes) {
  const re2::RE2 all("[" + std::string(classes) + "]+", re2::RE2::Quiet);
  return re2::RE2::FullMatch({text.data(), text.size()}, all);
}

}  // namespace countersign::core::jinja
