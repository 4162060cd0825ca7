// What is over goes in whole days: a partition is taken off and dropped, which costs the same however much is in it.
#pragma once
#include <string>
#include <vector>

#include "bot/core/instant.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct Kept {
  core::Duration events, decisions, audit;  // events <= decisions <= audit
};

struct Day {
  std::string parent;        // event, decision, audit
  std::string day;           // 2026-11-22, in UTC
  std::int64_t bytes = 0;
  bool old = false;          // older than it has to be kept
  std::string kept_because;  // why it stays nevertheless
  bool goes() const { return old && kept_because.empty(); }
};
std::vector<Day> days(Tx& tx, const Kept& kept);  // oldest first

// In a transaction of its own, which waits half a second at most for those who read. StoreError(invalid): the record of that day is
// not as it was sealed, so it stays as evidence. A day that another replica has dropped meanwhile is no error.
void drop_day(Tx& tx, const Day& day);
// Rows of a day that had no partition when they came get one, so that they age like the others.
void make_old_partitions(Tx& tx);

}  // namespace countersign::store
