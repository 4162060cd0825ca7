// The switch that stops everything that changes something, in all replicas.
#pragma once
#include <optional>
#include <string>

#include "bot/core/event.h"
#include "bot/core/instant.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct Halt {
  core::Person by;
  std::string why;  // may be empty
  core::Instant at{};
};

std::optional<Halt> halt_in_force(Tx& tx);
// The same question from a start: the answer holds until this transaction ends, because a halt
// waits for it.
bool halted(Tx& tx);
// False if one is in force already. Blocks until the starts that are on their way are committed.
bool begin_halt(Tx& tx, const core::Person& by, const std::string& why);
// False if none is in force.
bool lift_halt(Tx& tx, const core::Person& by);

}  // namespace countersign::store
