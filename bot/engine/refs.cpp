#include "bot/engine/refs.h"

#include <algorithm>
#include <charconv>

namespace countersign::engine {
namespace {

std::optional<std::int64_t> positive(const std::string& digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number <= 0)
    return std::nullopt;
  return number;
}

// With or without its letter.
template <class IdType>
std::optional<IdType> parse_with(char letter, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const bool named = std::toupper(static_cast<unsigned char>(text[0])) == letter;
  const auto number = positive(named ? text.substr(1) : text);
  if (!number) return std::nullopt;
  return IdType{*number};
}

}  // namespace

std::string show(core::RunId run) { return "R" + run.text(); }
std::string show(core::EventId event) { return "E" + event.text(); }
std::string show(core::DeadLetterId letter) { return "D" + letter.text(); }
std::string show(core::StandingId standing) { return "S" + standing.text(); }
std::string show(core::ReviewId review) { return "B" + review.text(); }
std::string show(core::FreezeId freeze) { return "F" + freeze.text(); }

std::optional<Reference> parse_reference(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (const auto id = core::CorrelationId::parse(text); !id.empty()) return Reference{{}, {}, id};
  const char kind = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  const auto number = positive(kind == 'R' || kind == 'E' ? text.substr(1) : text);
  if (!number) return std::nullopt;
  return kind == 'E' ? Reference{{}, {*number}, {}} : Reference{{*number}, {}, {}};
}

std::optional<core::DeadLetterId> parse_dead_letter(const std::string& text) {
  return parse_with<core::DeadLetterId>('D', text);
}
std::optional<core::StandingId> parse_standing(const std::string& text) {
  return parse_with<core::StandingId>('S', text);
}
std::optional<core::ReviewId> parse_review(const std::string& text) {
  return parse_with<core::ReviewId>('B', text);
}
std::optional<core::FreezeId> parse_freeze(const std::string& text) {
  return parse_with<core::FreezeId>('F', text);
}

}  // namespace countersign::engine
