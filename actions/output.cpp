#include "actions/output.h"

#include <algorithm>

#include "bot/core/json.h"
#include "bot/core/message.h"

namespace countersign::actions {
namespace {

constexpr std::size_t kErrorLength = 300;

// The JSON library knows how to repair UTF-8; nobody else has to.
std::string repaired(const std::string& bytes) {
  return Json::parse(Json(bytes).dump(-1, ' ', false, Json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace

std::string_view Output::add(std::string_view bytes) {
  const std::size_t room = limit_ - kept_.size();
  truncated_ = truncated_ || bytes.size() > room;
  const std::string_view kept = bytes.substr(0, room);
  kept_ += kept;
  return kept;
}

std::string Output::text() const {
  std::string text = repaired(kept_);
  for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos;)
    text.replace(at, 1, "\uFFFD");
  if (text.size() <= limit_) return text;
  // Repairs lengthen: cut again, at the beginning of a character.
  std::size_t end = limit_;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

std::string one_line(std::string_view text) {
  std::string line = core::make_visible(text, kErrorLength);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace countersign::actions
