// Bytes to lines, with a limit for each. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::adapters::sensor {

class Lines {
 public:
  struct Line {
    std::string text;       // without its end; empty if too long
    bool too_long = false;  // said once, when it has ended
  };
  explicit Lines(std::size_t limit) : limit_(limit) {}

  void add(std::string_view bytes) { waiting_ += bytes; }
  std::optional<Line> next();
  // What came after the last line end, once nothing more comes.
  std::optional<Line> rest();

 private:
  const std::size_t limit_;
  std::string waiting_;
  std::size_t searched_ = 0;  // there is no line end before it
  bool dropping_ = false;     // the line under way is too long already
};

}  // namespace countersign::adapters::sensor
