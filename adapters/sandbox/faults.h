// Trouble on demand: what the control interface can do to REST calls.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "adapters/sandbox/model.h"

namespace countersign::adapters::sandbox {

struct Refusing {
  int count = 0;  // so many calls more
  int after = 0;  // once so many went through
  int status = 500;
  std::string user_id;  // "": of anybody
  std::string path;     // "": any; otherwise what "METHOD /path" contains
};

class Faults {
 public:
  void refuse(Refusing refusing) { refusing_.push_back(std::move(refusing)); }
  void delay(Millis delay) { delay_ = delay; }
  Millis delay() const { return delay_; }
  // The status to answer this call with instead of doing it. Counts.
  std::optional<int> strike(const std::string& user_id, const std::string& path);

 private:
  std::vector<Refusing> refusing_;
  Millis delay_ = 0;
};

}  // namespace countersign::adapters::sandbox
