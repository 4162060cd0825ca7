// Where each timer stands, for all replicas.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bot/core/instant.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct TimerRow {
  core::Instant since{};    // when it was first named
  core::Instant handled{};  // all that was due up to here is fired or missed
};
// By key. One that is new begins now.
std::map<std::string, TimerRow> timers(Tx& tx, const std::vector<std::string>& keys);
// Never goes back: another replica may be further.
void handle_timer(Tx& tx, const std::string& key, core::Instant handled);

}  // namespace countersign::store
