// How sure it is that what was committed outlives the database's primary.
#pragma once
#include <string>

#include "bot/store/pg.h"

namespace countersign::store {

// The weakest that was seen on this timeline: "sync", "async" or "single"; empty while it is not open.
std::string promised_durability(Tx& tx);

}  // namespace countersign::store
