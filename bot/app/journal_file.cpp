#include "bot/app/journal_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "bot/obs/log.h"

namespace countersign::app {
namespace {

namespace fs = std::filesystem;

constexpr char kNewer[] = "journal";
constexpr char kOlder[] = "journal.old";
constexpr char kNext[] = "journal.new";  // on its way to be the newer one

Error trouble(const std::string& what) {
  return unavailable("the journal " + what + ": " + std::strerror(errno));
}

// A name that exists is safe only when its folder is on the disk as well.
void sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

struct Content {
  std::vector<core::JournalRecord> records;
  std::string legible;      // their lines
  std::size_t damaged = 0;  // whole lines that are none
};

Content read_content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  Content content;
  std::size_t at = 0;
  for (auto end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n', at)) {
    const std::string line = bytes.substr(at, end - at);
    at = end + 1;
    if (auto record = core::parse_journal_line(line)) {
      content.records.push_back(std::move(*record));
      content.legible += line + "\n";
    } else {
      content.damaged += 1;
    }
  }
  return content;
}

fs::path free_name(const fs::path& path) {
  fs::path name = path.string() + ".damaged";
  for (int i = 2; fs::exists(name); ++i) name = path.string() + ".damaged" + std::to_string(i);
  return name;
}

}  // namespace

// Stays open for who waits for the disk, whatever name it has by then.
class JournalFile::File {
 public:
  static std::shared_ptr<File> open(const std::string& path, int more = 0) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | more, 0600);
    if (fd < 0) return nullptr;
    return std::shared_ptr<File>(new File(fd));
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::size_t size() const { return size_; }
  bool cut(std::size_t size) {
    size_ = size;
    return ::ftruncate(fd_, static_cast<off_t>(size)) == 0;
  }
  // All of it or, but for what cannot be taken back, nothing.
  bool append(const std::string& line) {
    const ssize_t written = ::write(fd_, line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) {
      size_ += line.size();
      return true;
    }
    const int why = written < 0 ? errno : ENOSPC;
    cut(size_);
    errno = why;
    return false;
  }
  bool sync() const { return ::fdatasync(fd_) == 0; }

 private:
  explicit File(int fd) : fd_(fd), size_(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END))) {}
  const int fd_;
  std::size_t size_;
};

JournalFile::JournalFile(Options options) : options_(std::move(options)) {}
JournalFile::~JournalFile() = default;

Result<std::unique_ptr<JournalFile>> JournalFile::open(Options options) {
  std::unique_ptr<JournalFile> journal(new JournalFile(std::move(options)));
  if (auto older = journal->take_up(kOlder, journal->older_); !older) return older.error();
  if (auto newer = journal->take_up(kNewer, journal->newer_); !newer) return newer.error();
  journal->file_ = File::open((fs::path(journal->options_.folder) / kNewer).string());
  if (!journal->file_) return trouble("cannot be opened");
  sync_folder(journal->options_.folder);
  return journal;
}

Result<void> JournalFile::take_up(const std::string& name,
                                  std::vector<core::JournalRecord>& records) {
  const fs::path path = fs::path(options_.folder) / name;
  if (!fs::exists(path)) return {};
  auto content = read_content(path);
  records = std::move(content.records);
  if (content.damaged > 0) {
    const fs::path aside = free_name(path);
    if (::rename(path.c_str(), aside.c_str()) != 0) return trouble("cannot be set aside");
    obs::error("the journal is damaged; what is legible goes on",
               {{"file", path.string()},
                {"set_aside_as", aside.string()},
                {"damaged_lines", std::to_string(content.damaged)},
                {"legible_lines", std::to_string(records.size())}});
  }
  if (content.damaged == 0 && content.legible.size() == fs::file_size(path)) return {};
  const auto file = File::open(path.string());
  if (!file) return trouble("cannot be opened");
  const bool mended = content.damaged > 0 ? content.legible.empty() || file->append(content.legible)
                                          : file->cut(content.legible.size());
  return mended && file->sync() ? Result<void>() : trouble("cannot be written");
}

Result<void> JournalFile::write(const core::JournalRecord& record) {
  const std::string line = core::journal_line(record) + "\n";
  std::shared_ptr<const File> file;
  {
    const std::scoped_lock lock(mutex_);
    if (auto room = make_room(line.size()); !room) return room;
    if (!file_->append(line)) return trouble("cannot be written");
    newer_.push_back(record);
    file = file_;
  }
  return file->sync() ? Result<void>() : trouble("cannot be brought to the disk");
}

Result<void> JournalFile::make_room(std::size_t bytes) {
  if (file_->size() == 0 || file_->size() + bytes <= options_.most_bytes) return {};
  const fs::path folder = options_.folder;
  auto next = File::open((folder / kNext).string(), O_TRUNC);
  if (!next || ::rename((folder / kNewer).c_str(), (folder / kOlder).c_str()) != 0 ||
      ::rename((folder / kNext).c_str(), (folder / kNewer).c_str()) != 0)
    return trouble("cannot be turned over");
  file_ = std::move(next);
  older_ = std::move(newer_);
  newer_.clear();
  sync_folder(options_.folder);
  return {};
}

std::vector<core::JournalRecord> JournalFile::records() const {
  const std::scoped_lock lock(mutex_);
  std::vector<core::JournalRecord> all = older_;
  all.insert(all.end(), newer_.begin(), newer_.end());
  return all;
}

std::vector<core::JournalRecord> JournalFile::records_of(const std::string& run_key) const {
  const std::scoped_lock lock(mutex_);
  std::vector<core::JournalRecord> out;
  for (const auto* records : {&older_, &newer_})
    std::ranges::copy_if(*records, std::back_inserter(out),
                         [&](const auto& record) { return record.key == run_key; });
  return out;
}

}  // namespace countersign::app
