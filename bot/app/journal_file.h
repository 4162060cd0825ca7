// The journal as two files of lines in the state directory: `journal`, and `journal.old` before it.
// When the newer one is full it takes the older one's place, so that a record stays until some
// thousand others have followed: long after its outcome is on every disk, and long enough to
// notice a restored backup.
#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bot/core/ports/journal.h"

namespace countersign::app {

class JournalFile : public core::Journal {
 public:
  struct Options {
    std::string folder;
    std::size_t most_bytes = 2 * 1024 * 1024;  // of each file
  };
  // Takes up what an earlier life wrote. A last line that was cut off is no record: nothing was
  // done after it. Other damage is said in the log, the file is set aside under another name, and
  // what is legible of it goes on. An Error: the folder cannot be used.
  static Result<std::unique_ptr<JournalFile>> open(Options options);
  ~JournalFile() override;

  Result<void> write(const core::JournalRecord& record) override;
  std::vector<core::JournalRecord> records() const override;
  std::vector<core::JournalRecord> records_of(const std::string& run_key) const override;

 private:
  class File;
  explicit JournalFile(Options options);
  Result<void> take_up(const std::string& name, std::vector<core::JournalRecord>& records);
  Result<void> make_room(std::size_t bytes);

  const Options options_;
  mutable std::mutex mutex_;
  std::vector<core::JournalRecord> older_, newer_;  // guarded by mutex_: what the files hold
  std::shared_ptr<File> file_;                      // guarded by mutex_: the newer one
};

}  // namespace countersign::app
