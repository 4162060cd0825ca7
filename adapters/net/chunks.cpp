#include "adapters/net/chunks.h"

#include <algorithm>
#include <charconv>

namespace countersign::net {
namespace {
constexpr int kSizeDigits = 8;
}

Chunks::State Chunks::take(std::string_view& input, std::string& body) {
  while (!input.empty()) {
    if (expect_ == Expect::data) {
      const std::size_t count = std::min(size_, input.size());
      body.append(input.substr(0, count));
      input.remove_prefix(count);
      size_ -= count;
      if (size_ == 0) expect_ = Expect::data_end;
      continue;
    }
    const char c = input.front();
    input.remove_prefix(1);
    const State state = character(c);
    if (state != State::more) return state;
  }
  return State::more;
}

Chunks::State Chunks::character(char c) {
  const auto expect = [&](char wanted, Expect next, const char* otherwise) {
    if (c != wanted) return fail(otherwise);
    expect_ = next;
    return State::more;
  };
  switch (expect_) {
    case Expect::size: {
      unsigned digit = 0;
      if (std::from_chars(&c, &c + 1, digit, 16).ec == std::errc()) {
        size_ = size_ * 16 + digit;
        return ++digits_ <= kSizeDigits ? State::more : fail("chunk size is too long");
      }
      if (c == ';') return fail("chunk extensions are not accepted");
      if (digits_ == 0) return fail("chunk size is missing");
      return expect('\r', Expect::size_end, "chunk size is not a hexadecimal number");
    }
    case Expect::size_end:
      return c == '\n' ? begin_data() : fail("chunk size without a line end");
    case Expect::data_end:
      return expect('\r', Expect::data_end_feed, "chunk is longer than its size");
    case Expect::data_end_feed:
      digits_ = 0;
      return expect('\n', Expect::size, "chunk is longer than its size");
    case Expect::last:
      return expect('\r', Expect::last_feed, "trailers are not accepted");
    case Expect::last_feed:
      return c == '\n' ? State::done : fail("the last chunk has no end");
    case Expect::data:
      break;
  }
  return State::more;
}

Chunks::State Chunks::begin_data() {
  if (size_ > room_) return State::too_large;
  room_ -= size_;
  expect_ = size_ == 0 ? Expect::last : Expect::data;
  return State::more;
}

Chunks::State Chunks::fail(const char* why) {
  flaw_ = why;
  return State::flawed;
}

}  // namespace countersign::net
