#include "adapters/sensor/lines.h"

namespace countersign::adapters::sensor {

std::optional<Lines::Line> Lines::next() {
  const auto end = waiting_.find('\n', searched_);
  if (end == std::string::npos) {
    if (waiting_.size() > limit_) {
      dropping_ = true;
      waiting_.clear();
    }
    searched_ = waiting_.size();
    return std::nullopt;
  }
  Line line;
  line.too_long = dropping_ || end > limit_;
  if (!line.too_long) line.text = waiting_.substr(0, end);
  if (line.text.ends_with('\r')) line.text.pop_back();
  waiting_.erase(0, end + 1);
  searched_ = 0;
  dropping_ = false;
  return line;
}

std::optional<Lines::Line> Lines::rest() {
  if (waiting_.empty() && !dropping_) return std::nullopt;
  waiting_ += '\n';
  return next();
}

}  // namespace countersign::adapters::sensor
