#include "bot/store/column.h"

#include "bot/store/pg.h"

namespace countersign::store {
namespace {

constexpr std::uint32_t kNull = 0xFFFFFFFF;  // in place of a length

void append(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xFF);
}

}  // namespace

void Column::add(std::string_view value) {
  append(items_, value.size(), 4);
  items_ += value;
  ++count_;
}

void Column::add_text(std::string_view value) { add(*Param(value).text()); }

void Column::add_number(std::int64_t value) {
  append(items_, sizeof value, 4);
  append(items_, static_cast<std::uint64_t>(value), sizeof value);
  ++count_;
}

void Column::add_flag(bool value) {
  add(value ? std::string_view("\1", 1) : std::string_view("\0", 1));
}

void Column::add_nothing() {
  append(items_, kNull, 4);
  ++count_;
}

std::string Column::wire() const {
  constexpr std::uint32_t kDimensions = 1, kMayHoldNulls = 1, kFirstIndex = 1;
  std::string out;
  out.reserve(20 + items_.size());
  for (const std::uint32_t part :
       {kDimensions, kMayHoldNulls, static_cast<std::uint32_t>(type_), count_, kFirstIndex})
    append(out, part, 4);
  return out + items_;
}

}  // namespace countersign::store
