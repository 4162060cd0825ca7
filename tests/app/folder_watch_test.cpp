#include "bot/app/folder_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <semaphore>

namespace countersign::app {
namespace {

namespace fs = std::filesystem;

class FolderWatchTest : public testing::Test {
 protected:
  FolderWatchTest() {
    std::string form = (fs::temp_directory_path() / "countersign-watch-XXXXXX").string();
    folder_ = mkdtemp(form.data());
    fs::create_directories(folder_ / "ops" / "rules");
  }
  ~FolderWatchTest() override { fs::remove_all(folder_); }

  void write(const std::string& file, const std::string& text = "x") {
    std::ofstream(folder_ / file) << text;
  }
  // Waits until it is told; without an end only if the watch is broken.
  void told() { told_.acquire(); }
  bool told_so_far() { return told_.try_acquire(); }

  fs::path folder_;
  std::counting_semaphore<> told_{0};
};

TEST_F(FolderWatchTest, tells_of_a_file_written_replaced_and_removed_in_any_depth) {
  FolderWatch watch({folder_.string()}, [this] { told_.release(); });
  write("ops/rules/a.yaml");
  told();
  write("ops/rules/new.yaml");
  fs::rename(folder_ / "ops/rules/new.yaml", folder_ / "ops/rules/a.yaml");
  told();
  fs::remove(folder_ / "ops/rules/a.yaml");
  told();
}

TEST_F(FolderWatchTest, watches_folders_that_are_made_later) {
  FolderWatch watch({folder_.string()}, [this] { told_.release(); });
  fs::create_directories(folder_ / "db" / "rules");
  told();
  write("db/rules/a.yaml");
  told();
}

TEST_F(FolderWatchTest, tells_once_of_many_changes_and_not_of_what_editors_leave) {
  FolderWatch watch({folder_.string()}, [this] { told_.release(); });
  write("ops/rules/.a.yaml.swp");
  write("ops/rules/a.yaml~");
  for (int i = 0; i < 50; ++i) write("ops/rules/a.yaml", std::to_string(i));
  told();
  EXPECT_FALSE(told_so_far());
}

TEST_F(FolderWatchTest, ends_though_nothing_happens_and_bears_folders_that_are_not_there) {
  const FolderWatch watch({(folder_ / "none").string()}, [] {});
}

}  // namespace
}  // namespace countersign::app
