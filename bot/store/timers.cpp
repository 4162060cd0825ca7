#include "bot/store/timers.h"

namespace countersign::store {

std::map<std::string, TimerRow> timers(Tx& tx, const std::vector<std::string>& keys) {
  std::map<std::string, TimerRow> all;
  for (const Row r : tx.exec(stmt::timers, {text_array(keys)}))
    all[r.text("timer")] = {r.instant("since"), r.instant("handled")};
  return all;
}

void handle_timer(Tx& tx, const std::string& key, core::Instant handled) {
  tx.exec(stmt::handle_timer, {key, handled});
}

}  // namespace countersign::store
