// Once a day, what rules that are dry runs would have done: in the channels where their plans go.
// Nothing is said where nothing would have run.
#pragma once
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class DryReports {
 public:
  explicit DryReports(const Deps& deps) : deps_(deps), announcer_(deps) {}
  // Of the 24 hours before promotion.report_at, by whichever replica comes first after it.
  void send();

 private:
  const Deps& deps_;
  Announcer announcer_;
};

}  // namespace countersign::engine
