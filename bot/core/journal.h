// What a replica writes down of its own right before it acts, and what that means against a
// database that has lost its last moments: a standby that lagged behind, a backup (I18). Pure; who
// keeps the lines is behind ports/journal.h.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/run.h"

namespace countersign::core {

// One start of a mutating run: its intent was committed, and the act followed.
struct JournalRecord {
  RunId run;        // its number then; another run may have it now
  std::string key;  // of the run: who it is, whatever its number
  std::int64_t fence = 0;
  int attempt = 0;
  std::string nonce;  // of the attempt
  EffectClass effect = EffectClass::once;
  std::string action;
  std::vector<std::string> targets;
  Instant at{};  // by the database's clock
  std::optional<Person>
      alone;  // who broke the glass for it: what is forgotten needs its review again
  bool operator==(const JournalRecord&) const = default;
};
// Of a run whose intent has just been committed.
JournalRecord record_of(const Run& run, const std::string& nonce,
                        const std::optional<Person>& alone = {});

Json as_json(const JournalRecord& record);

// The record as a line, without its end, behind a checksum; nothing if the line is damaged.
std::string journal_line(const JournalRecord& record);
std::optional<JournalRecord> parse_journal_line(std::string_view line);

// What a start means for its run when the database does not know of that attempt.
enum class Recollection {
  run_lost,    // the run itself is gone
  over,        // it has ended some other way
  asked,       // it is unknown already
  repeatable,  // it may go on under its key, whose age counts from this start (I13)
  unknown,     // it may have taken effect, and must not start by itself again (I12)
};
std::string_view name(Recollection recollection);
Recollection recollect(const JournalRecord& record, const std::optional<Run>& run);

// The run with what the record says about it: the tries, the age of its key, what it works on and,
// if nobody has it in hands, a fence under which a late outcome of this very start is still
// welcome. Its state is left alone.
Run reminded(Run run, const JournalRecord& record);

}  // namespace countersign::core
