#include "adapters/slack/length.h"

namespace countersign::adapters::slack {
namespace {

std::size_t units_at(unsigned char byte) {
  if ((byte & 0xC0) == 0x80) return 0;  // goes on with a character that is counted already
  return byte >= 0xF0 ? 2 : 1;
}

}  // namespace

std::size_t units(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += units_at(static_cast<unsigned char>(c));
  return count;
}

std::string fitted(std::string_view utf8, std::size_t limit, std::string_view mark) {
  if (units(utf8) <= limit) return std::string(utf8);
  const std::size_t around = units(mark);
  std::size_t room = limit > around ? limit - around : 0;
  std::size_t at = 0;
  for (; at < utf8.size(); ++at) {
    const std::size_t next = units_at(static_cast<unsigned char>(utf8[at]));
    if (next > room) break;
    room -= next;
  }
  return std::string(utf8.substr(0, at)) + std::string(mark);
}

}  // namespace countersign::adapters::slack
