#include "bot/core/ids.h"

#include <algorithm>

namespace countersign::core {

CorrelationId CorrelationId::parse(const std::string& text) {
  std::string hex;
  for (const char c : text) {
    if (c == '-') continue;
    if (c >= '0' && c <= '9') {
      hex += c;
    } else if (c >= 'a' && c <= 'f') {
      hex += c;
    } else if (c >= 'A' && c <= 'F') {
      hex += static_cast<char>(c - 'A' + 'a');
    } else {
      return {};
    }
  }
  CorrelationId id;
  if (hex.size() == 32 && std::ranges::any_of(hex, [](char c) { return c != '0'; })) id.hex_ = hex;
  return id;
}

}  // namespace countersign::core
