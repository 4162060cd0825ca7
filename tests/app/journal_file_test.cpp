// The journal on the disk: what a crash, a full disk or a bad sector leaves of it.
#include "bot/app/journal_file.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/support/test_database.h"

namespace countersign::app {
namespace {

namespace fs = std::filesystem;

core::JournalRecord record(int n) {
  core::JournalRecord r;
  r.run = {n};
  r.key = "key" + std::to_string(n);
  r.nonce = "nonce" + std::to_string(n);
  r.action = "ops.restart";
  r.targets = {"web-" + std::to_string(n)};
  r.at = core::Instant(std::chrono::seconds(1'795'000'000 + n));
  return r;
}

class JournalOnDisk : public testing::Test {
 protected:
  std::unique_ptr<JournalFile> open(std::size_t most_bytes = 1 << 20) {
    auto opened = JournalFile::open({folder_.path(), most_bytes});
    EXPECT_TRUE(opened.ok());
    return std::move(*opened);
  }
  void write(int from, int to) {
    const auto journal = open();
    for (int i = from; i <= to; ++i) EXPECT_TRUE(journal->write(record(i)).ok());
  }
  std::vector<std::int64_t> numbers(const core::Journal& journal) const {
    std::vector<std::int64_t> out;
    for (const auto& r : journal.records()) out.push_back(r.run.value);
    return out;
  }
  std::string content(const std::string& name = "journal") const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const {
    std::ofstream(path("journal"), std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

  support::TestFolder folder_;
};
using Numbers = std::vector<std::int64_t>;

TEST_F(JournalOnDisk, is_read_again_by_the_next_life) {
  write(1, 2);
  write(3, 3);
  const auto journal = open();
  EXPECT_EQ(numbers(*journal), (Numbers{1, 2, 3}));
  EXPECT_EQ(journal->records().at(1), record(2));
  ASSERT_EQ(journal->records_of("key3").size(), 1u);
  EXPECT_EQ(journal->records_of("key3").front(), record(3));
  EXPECT_TRUE(journal->records_of("key4").empty());
}

TEST_F(JournalOnDisk, survives_a_last_line_that_was_cut_off_anywhere) {
  write(1, 2);
  const std::string whole = content();
  const std::size_t last = whole.find('\n') + 1;
  for (std::size_t end = last; end < whole.size(); end += 7) {
    put(whole.substr(0, end));
    write(3, 3);
    EXPECT_EQ(numbers(*open()), (Numbers{1, 3})) << end;
  }
  EXPECT_FALSE(fs::exists(path("journal.damaged")));
}

TEST_F(JournalOnDisk, that_is_damaged_is_set_aside_and_what_is_legible_goes_on) {
  for (const char* aside : {"journal.damaged", "journal.damaged2"}) {
    fs::remove(path("journal"));
    write(1, 3);
    std::string bytes = content();
    bytes[bytes.find("web-2")] = 'X';
    put(bytes);
    write(4, 4);
    EXPECT_EQ(numbers(*open()), (Numbers{1, 3, 4}));
    EXPECT_EQ(content(aside), bytes) << "nothing of it is thrown away";
  }
}

TEST_F(JournalOnDisk, keeps_two_files_of_a_certain_size_and_the_newest_records) {
  const auto journal = open(4'000);
  for (int i = 1; i <= 200; ++i) ASSERT_TRUE(journal->write(record(i)).ok());
  EXPECT_LE(fs::file_size(path("journal")), 4'000u);
  EXPECT_LE(fs::file_size(path("journal.old")), 4'000u);
  const auto kept = numbers(*journal);
  EXPECT_GT(kept.size(), 15u);
  EXPECT_LT(kept.size(), 60u);
  EXPECT_EQ(kept.back(), 200);
  EXPECT_EQ(kept.front(), 201 - static_cast<std::int64_t>(kept.size())) << "without a gap";
  EXPECT_EQ(numbers(*open(4'000)), kept) << "in the files as in memory";
}

TEST_F(JournalOnDisk, refuses_what_it_cannot_write_and_is_whole_afterwards) {
  const auto journal = open();
  ASSERT_TRUE(journal->write(record(1)).ok());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{content().size() + 20, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto refused = journal->write(record(2));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("journal cannot be written"), std::string::npos);
  EXPECT_TRUE(journal->write(record(3)).ok());
  EXPECT_EQ(numbers(*journal), (Numbers{1, 3}));
  EXPECT_EQ(numbers(*open()), (Numbers{1, 3}));
}

TEST_F(JournalOnDisk, takes_records_from_many_at_once) {
  const auto journal = open(3'000);
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < 4; ++w)
      workers.emplace_back([&, w] {
        for (int i = 0; i < 20; ++i) EXPECT_TRUE(journal->write(record(w * 100 + i)).ok());
      });
  }
  EXPECT_EQ(numbers(*open(3'000)), numbers(*journal));
}

TEST_F(JournalOnDisk, says_when_its_folder_cannot_be_used) {
  const auto opened = JournalFile::open({folder_.path() + "/nowhere"});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("journal cannot be opened"), std::string::npos);
}

}  // namespace
}  // namespace countersign::app
