// The programs of the packs that ship, run as the command runner runs them: an argument vector, a
// fixed environment.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

struct Ended {
  int code = -1;
  std::string output;
};

class DemoPrograms : public testing::Test {
 protected:
  Ended run(const std::string& program, std::vector<std::string> args) const {
    const std::string path = std::string(TEST_SOURCE_DIR) + "/packs/" + program;
    const std::string output = state_.path("output");
    std::vector<std::string> env = {"PATH=/usr/bin:/bin", "COUNTERSIGN_STATE_DIR=" + state_.path(),
                                    "COUNTERSIGN_IDEMPOTENCY_KEY=key-1"};
    args.insert(args.begin(), path);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child = 0;
    const int failure = ::posix_spawn(&child, path.c_str(), &actions, nullptr,
                                      pointers(args).data(), pointers(env).data());
    posix_spawn_file_actions_destroy(&actions);
    EXPECT_EQ(failure, 0);
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WEXITSTATUS(status), read(output)};
  }

  std::string file(const std::string& name) const { return read(state_.path("demo/" + name)); }
  bool exists(const std::string& name) const {
    return std::filesystem::exists(state_.path("demo/" + name));
  }

  const Folder state_;
  const std::string rotate_ = "ops/actions/rotate_logs.sh";

 private:
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (std::string& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
  }
};

TEST_F(DemoPrograms, a_dry_run_of_rotate_logs_changes_nothing_and_repeats_itself) {
  state_.write("demo/web-3/b.log", "b");
  state_.write("demo/web-3/a.log", "a");
  const std::vector<std::string> args = {"--host=web-3", "--keep=2", "--dry-run"};
  const Ended first = run(rotate_, args);
  EXPECT_EQ(first.code, 0);
  EXPECT_EQ(first.output,
            "web-3: would rotate a.log to a.log.1, keeping 2\nweb-3: would rotate b.log to "
            "b.log.1, keeping 2\n");
  EXPECT_EQ(run(rotate_, args).output, first.output);
  EXPECT_EQ(file("web-3/a.log"), "a");
  EXPECT_FALSE(exists("ledger"));
}

TEST_F(DemoPrograms, rotate_logs_keeps_the_newest_and_counts_itself) {
  for (const char* content : {"one", "two", "three"}) {
    state_.write("demo/web-3/app.log", content);
    const Ended ended = run(rotate_, {"--host=web-3", "--keep=2"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.output, "web-3: rotated app.log to app.log.1\n");
  }
  EXPECT_EQ(file("web-3/app.log"), "");
  EXPECT_EQ(file("web-3/app.log.1"), "three");
  EXPECT_EQ(file("web-3/app.log.2"), "two");
  EXPECT_FALSE(exists("web-3/app.log.3"));
  const std::string line = "rotate_logs web-3 key-1\n";
  EXPECT_EQ(file("ledger"), line + line + line);
}

TEST_F(DemoPrograms, rotate_logs_says_when_there_is_nothing_to_do) {
  EXPECT_EQ(run(rotate_, {"--host=web-9"}).output, "web-9: no log files, nothing to rotate\n");
  EXPECT_EQ(run(rotate_, {"--host=web-9"}).code, 0);
}

// T24, T25: whatever an alert's label holds, it stays a name or is refused.
TEST_F(DemoPrograms, T24_refuse_hostile_names) {
  for (const char* host :
       {"", "..", "../x", "a/b", "-x", "$(id)", "a b", "a\nb", ".hidden", "`id`"}) {
    EXPECT_EQ(run(rotate_, {std::string("--host=") + host}).code, 2) << host;
    EXPECT_EQ(run("ops/actions/disk_usage.sh", {"--", host}).code, 2) << host;
    EXPECT_EQ(run("remediation/actions/evacuate_and_notify.sh",
                  {std::string("--host=") + host, "--channel=#ops"})
                  .code,
              2)
        << host;
  }
  EXPECT_EQ(run(rotate_, {"--host=web-3", "--keep=10"}).code, 2);
  EXPECT_EQ(run(rotate_, {"--host=web-3", "--other"}).code, 2);
  EXPECT_FALSE(exists("ledger"));
}

TEST_F(DemoPrograms, disk_usage_lists_files) {
  state_.write("demo/web-3/a.log", "12345");
  const Ended ended = run("ops/actions/disk_usage.sh", {"web-3"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "         5  a.log\n         5  in all on web-3\n");
}

TEST_F(DemoPrograms, failover_database_remembers_the_primary) {
  const std::string program = "ops/actions/failover_database.sh";
  EXPECT_EQ(run(program, {"--cluster=main", "--to=db-2", "--dry-run"}).output,
            "main: primary would change from unknown to db-2\n");
  EXPECT_FALSE(exists("main.primary"));
  EXPECT_EQ(run(program, {"--cluster=main", "--to=db-2"}).code, 0);
  EXPECT_EQ(file("main.primary"), "db-2\n");
  EXPECT_EQ(run(program, {"--cluster=main", "--to=db-3"}).output,
            "main: primary changed from db-2 to db-3\n");
  EXPECT_EQ(run(program, {"--cluster=../x", "--to=db-3"}).code, 2);
}

TEST_F(DemoPrograms, evacuate_and_notify_leaves_a_mark) {
  const std::string program = "remediation/actions/evacuate_and_notify.sh";
  EXPECT_EQ(run(program, {"--host=web-3", "--channel=#ops", "--dry-run"}).output,
            "web-3: would be evacuated and its users told in #ops\n");
  EXPECT_FALSE(exists("evacuated/web-3"));
  EXPECT_EQ(run(program, {"--host=web-3", "--channel=#ops"}).output,
            "web-3: evacuated; #ops should know\n");
  EXPECT_EQ(file("evacuated/web-3"), "#ops\n");
  EXPECT_EQ(file("ledger"), "evacuate_and_notify web-3 key-1\n");
}

}  // namespace
}  // namespace countersign::config
