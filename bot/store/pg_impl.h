// What pg.cpp and pg_row.cpp share. The only header of this room that knows libpqxx.
#pragma once
#include <pqxx/pqxx>

#include "bot/store/pg.h"

namespace countersign::store {

struct Row::Data {
  pqxx::result result;
};

}  // namespace countersign::store
