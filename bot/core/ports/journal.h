// Where a replica writes down what it is about to do, so that it knows even if the database
// forgets.
#pragma once
#include <string>
#include <vector>

#include "bot/core/journal.h"
#include "bot/core/result.h"

namespace countersign::core {

// Thread-safe.
class Journal {
 public:
  virtual ~Journal() = default;
  // Returns once the record will outlive a crash of the machine. An Error: it may not, and nothing
  // must be done.
  virtual Result<void> write(const JournalRecord& record) = 0;
  virtual std::vector<JournalRecord> records() const = 0;  // all that are kept, oldest first
  virtual std::vector<JournalRecord> records_of(const std::string& run_key) const = 0;
};

// For those who carry nothing out.
class NoJournal : public Journal {
 public:
  Result<void> write(const JournalRecord&) override { return refused("there is no journal here"); }
  std::vector<JournalRecord> records() const override { return {}; }
  std::vector<JournalRecord> records_of(const std::string&) const override { return {}; }
};

}  // namespace countersign::core
