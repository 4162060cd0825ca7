// What the use cases of this room are given. References only; app.cpp owns everything and outlives
// them.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "bot/core/ports/journal.h"
#include "bot/core/ports/runner.h"
#include "bot/core/ports/services.h"
#include "bot/engine/directory.h"
#include "bot/engine/signals.h"
#include "bot/engine/snapshot.h"
#include "bot/store/pg.h"

namespace countersign::engine {

struct Deps {
  store::Database& db;
  Current& current;
  Directory& directory;
  Signals& signals;
  core::IdSource& ids;
  core::Journal& journal;
  std::function<core::Runner*(std::string_view kind)> runner;  // null: no such kind
  std::string replica;     // uuid of this installation's process
  std::string button_key;  // secret: seals what buttons carry
};

// Full jitter: who failed together does not come back together.
inline core::Duration jittered(core::Duration pause, core::IdSource& ids) {
  return std::chrono::duration_cast<core::Duration>(pause * ids.chance());
}

}  // namespace countersign::engine
