// What an action printed or answered: bounded while it comes in, fit for a database and a chat
// afterwards.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace countersign::actions {

class Output {
 public:
  explicit Output(std::size_t limit) : limit_(limit) {}

  // Keeps what still fits and returns that part; the rest is dropped.
  std::string_view add(std::string_view bytes);
  bool truncated() const { return truncated_; }
  // Valid UTF-8 of at most the limit's bytes; what is not, and U+0000, has become U+FFFD.
  std::string text() const;

 private:
  std::size_t limit_;
  std::string kept_;
  bool truncated_ = false;
};

// One line, controls and line breaks made harmless: for Outcome::error.
std::string one_line(std::string_view text);

}  // namespace countersign::actions
