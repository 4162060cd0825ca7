// A body in chunks, read strictly. Pure. Private to this room.
//
// Chunk extensions and trailers are refused: no sender of webhooks uses them, and what one reader
// skips another has taken for the next request (T10).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace countersign::net {

class Chunks {
 public:
  enum class State { more, done, flawed, too_large };

  explicit Chunks(std::size_t limit) : room_(limit) {}

  // Takes what belongs to the body off the front of `input` and appends its data to `body`. Wants
  // no more calls after another answer than `more`.
  State take(std::string_view& input, std::string& body);
  const std::string& flaw() const { return flaw_; }  // one line, when flawed

 private:
  enum class Expect { size, size_end, data, data_end, data_end_feed, last, last_feed };

  State character(char c);
  State begin_data();
  State fail(const char* why);

  Expect expect_ = Expect::size;
  int digits_ = 0;
  std::size_t size_ = 0;  // as read so far, then what is missing of the data
  std::size_t room_;      // what the body may still grow by
  std::string flaw_;
};

}  // namespace countersign::net
