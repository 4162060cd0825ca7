#include "adapters/sandbox/ids.h"

#include <algorithm>
#include <cctype>

#include "bot/core/digest.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kLength = 26;
constexpr std::string_view kSlackLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::size_t kSlackLength = 10;

struct SlackKind {
  std::string_view kind, prefix;
};
constexpr SlackKind kSlackKinds[] = {
    {"user", "U"},  {"channel", "C"}, {"direct", "D"}, {"team", "T"}, {"file", "F"},
    {"group", "S"}, {"bot", "B"},     {"app", "A"},    {"view", "V"}, {"event", "Ev"}};

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Empty: things of that kind have no id of Slack's form.
std::string_view slack_prefix(std::string_view name) {
  const std::string_view kind = name.substr(0, name.find(' '));
  const auto at = std::ranges::find(kSlackKinds, kind, &SlackKind::kind);
  return at == std::end(kSlackKinds) ? "" : at->prefix;
}

}  // namespace

bool is_id(std::string_view text) {
  return text.size() == kLength &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) {
           return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
         });
}

Ids::Ids(std::string seed, IdStyle style)
    : seed_(std::move(seed)), style_(style), random_(std::random_device{}()) {}

std::string Ids::named(std::string_view name) const {
  const std::string digest = core::sha256(seed_ + "\n" + std::string(name));
  std::string id(style_ == IdStyle::slack ? slack_prefix(name) : "");
  const bool slack = !id.empty();
  const std::string_view letters = slack ? kSlackLetters : kLetters;
  for (const char byte : digest.substr(0, slack ? kSlackLength : kLength)) {
    id += letters[static_cast<unsigned char>(byte) % letters.size()];
  }
  return id;
}

std::string Ids::fresh() {
  std::uniform_int_distribution<std::size_t> any(0, kLetters.size() - 1);
  std::string id;
  for (std::size_t i = 0; i < kLength; ++i) id += kLetters[any(random_)];
  return id;
}

std::string Ids::fresh(std::string_view kind) {
  std::string id(style_ == IdStyle::slack ? slack_prefix(kind) : "");
  if (id.empty()) return fresh();
  std::uniform_int_distribution<std::size_t> any(0, kSlackLetters.size() - 1);
  for (std::size_t i = 0; i < kSlackLength; ++i) id += kSlackLetters[any(random_)];
  return id;
}

std::string Ids::uuid() {
  std::uniform_int_distribution<std::size_t> any(0, 15);
  std::string id = "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx";
  for (char& c : id) {
    if (c == 'x') c = "0123456789abcdef"[any(random_)];
  }
  return id;
}

// Slack's messages have times for ids, so letters and digits are all that can be asked there.
bool Ids::valid(std::string_view id) const {
  if (style_ == IdStyle::mattermost) return is_id(id);
  return !id.empty() &&
         std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c) != 0; });
}

}  // namespace countersign::adapters::sandbox
