#include "bot/store/retention.h"

namespace countersign::store {

std::vector<Day> days(Tx& tx, const Kept& kept) {
  std::vector<Day> days;
  for (const Row r : tx.exec(stmt::days, {kept.events, kept.decisions, kept.audit})) {
    days.push_back({r.text("parent"), r.text("day"), r.number("bytes"), r.flag("old"),
                    r.text_or("kept_because", "")});
  }
  return days;
}

void drop_day(Tx& tx, const Day& day) {
  if (day.parent == "audit") {
    tx.script("SET LOCAL statement_timeout = '15min'");  // all of that day is hashed again
    tx.exec(stmt::drop_audit_day, {day.day});
  } else {
    tx.exec(stmt::drop_partition, {day.parent, day.day});
  }
}

void make_old_partitions(Tx& tx) { tx.exec(stmt::ensure_old_partitions); }

}  // namespace countersign::store
