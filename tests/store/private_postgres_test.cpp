#include "bot/store/private_postgres.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bot/store/migrate.h"
#include "tests/support/test_database.h"

namespace countersign::store {
namespace {

std::unique_ptr<PrivatePostgres> start(const std::string& state_dir) {
  auto started = PrivatePostgres::start({state_dir, {}});
  if (!started) {
    ADD_FAILURE() << started.error().message;
    return nullptr;
  }
  return std::move(*started);
}

pid_t server_pid(const std::string& state_dir) {
  pid_t pid = 0;
  std::ifstream(state_dir + "/postgres/data/postmaster.pid") >> pid;
  return pid;
}

std::string read_value(const std::string& url) {
  Database database({url, 1});
  return database.transact("read", [](Tx& tx) {
    return tx.exec(Statement{"read", "SELECT value FROM cs.setting WHERE name = 'a'"})[0].text(
        "value");
  });
}

// Asks until it answers again; a minute is the deadline.
bool answers(const std::string& url) {
  Database database({url, 1});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!database.reachable()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
  }
  return true;
}

// A process of its own that starts a server over `state_dir`, writes a value and says so through a
// pipe.
pid_t start_elsewhere(const std::string& state_dir) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto postgres = PrivatePostgres::start({state_dir, {}});
    if (!postgres) _exit(1);
    Database database({(*postgres)->url(), 1});
    migrate(database);
    database.script("INSERT INTO cs.setting VALUES ('a', 'kept')");
    if (write(ends[1], "!", 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(ends[1]);
  char ready = 0;
  EXPECT_EQ(read(ends[0], &ready, 1), 1);
  close(ends[0]);
  return child;
}

void kill_and_reap(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(PrivatePostgres, keeps_its_data_from_one_start_to_the_next) {
  support::TestFolder folder;
  const std::string state_dir = folder.path() + "/made/on demand";
  {
    auto postgres = start(state_dir);
    ASSERT_TRUE(postgres);
    Database database({postgres->url(), 1});
    migrate(database);
    database.script("INSERT INTO cs.setting VALUES ('a', 'kept')");
    postgres->stop();
    postgres->stop();
    EXPECT_FALSE(database.reachable());
  }
  auto again = start(state_dir);
  ASSERT_TRUE(again);
  EXPECT_EQ(read_value(again->url()), "kept");
}

TEST(PrivatePostgres, listens_to_nobody_but_its_owner) {
  support::TestFolder folder;
  auto postgres = start(folder.path());
  ASSERT_TRUE(postgres);
  Database database({postgres->url(), 1});
  database.transact("look", [](Tx& tx) {
    const Row row = tx.exec(
        Statement{"look",
                  "SELECT current_setting('listen_addresses') AS addresses, "
                  "current_setting('fsync') AS fsync, current_setting('server_encoding') AS code, "
                  "current_setting('unix_socket_directories') AS socket"})[0];
    EXPECT_EQ(row.text("addresses"), "");
    EXPECT_EQ(row.text("fsync"), "on");
    EXPECT_EQ(row.text("code"), "UTF8");
    EXPECT_EQ(std::filesystem::status(row.text("socket")).permissions(),
              std::filesystem::perms::owner_all);
  });
}

TEST(PrivatePostgres, tells_a_second_owner_who_holds_the_folder) {
  support::TestFolder folder;
  auto postgres = start(folder.path());
  ASSERT_TRUE(postgres);
  const auto second = PrivatePostgres::start({folder.path(), {}});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos)
      << second.error().message;
}

TEST(PrivatePostgres, starts_again_when_the_server_is_killed) {
  support::TestFolder folder;
  auto postgres = start(folder.path());
  ASSERT_TRUE(postgres);
  const pid_t before = server_pid(folder.path());
  kill(before, SIGKILL);
  EXPECT_TRUE(answers(postgres->url()));
  EXPECT_NE(server_pid(folder.path()), before);
}

TEST(PrivatePostgres, starts_over_the_data_of_an_owner_that_was_killed) {
  support::TestFolder folder;
  const pid_t owner = start_elsewhere(folder.path());
  ASSERT_GT(owner, 0);
  kill_and_reap(owner);
  auto postgres = start(folder.path());  // the orphan is still shutting down, or just gone
  ASSERT_TRUE(postgres);
  EXPECT_EQ(read_value(postgres->url()), "kept");
}

TEST(PrivatePostgres, starts_when_owner_and_server_were_killed_together) {
  support::TestFolder folder;
  const pid_t owner = start_elsewhere(folder.path());
  ASSERT_GT(owner, 0);
  kill(server_pid(folder.path()), SIGKILL);
  kill_and_reap(owner);
  auto postgres = start(folder.path());
  ASSERT_TRUE(postgres);
  EXPECT_EQ(read_value(postgres->url()), "kept");
}

// After a reboot the number in the pid file may belong to anybody, even to us.
TEST(PrivatePostgres, is_not_put_off_by_a_strangers_process_number) {
  support::TestFolder folder;
  const pid_t owner = start_elsewhere(folder.path());
  ASSERT_GT(owner, 0);
  kill(server_pid(folder.path()), SIGKILL);
  kill_and_reap(owner);
  std::ifstream in(folder.path() + "/postgres/data/postmaster.pid");
  std::string first, rest;
  std::getline(in, first);
  std::getline(in, rest, '\0');
  const pid_t stranger = fork();
  if (stranger == 0) {
    for (;;) pause();
  }
  std::ofstream(folder.path() + "/postgres/data/postmaster.pid") << stranger << "\n" << rest;
  auto postgres = start(folder.path());
  ASSERT_TRUE(postgres);
  EXPECT_EQ(read_value(postgres->url()), "kept");
  kill_and_reap(stranger);
}

TEST(PrivatePostgres, begins_again_where_its_creation_was_cut_short) {
  support::TestFolder folder;
  start(folder.path());
  std::filesystem::rename(folder.path() + "/postgres/data", folder.path() + "/postgres/data.new");
  EXPECT_TRUE(start(folder.path()));
}

TEST(PrivatePostgres, finds_room_for_its_socket_in_a_deep_folder) {
  support::TestFolder folder;
  auto postgres = start(folder.path() + "/" + std::string(60, 'd') + "/" + std::string(60, 'e'));
  ASSERT_TRUE(postgres);
  EXPECT_TRUE(answers(postgres->url()));
}

// Where root started us below a folder that only root may enter, the data lives elsewhere and a
// link says where.
TEST(PrivatePostgres, of_root_lives_where_its_own_user_can_go) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  support::TestFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
  auto postgres = start(folder.path() + "/state");
  ASSERT_TRUE(postgres);
  const auto link = folder.path() + "/state/postgres";
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  const auto home = std::filesystem::read_symlink(link);
  postgres.reset();
  EXPECT_TRUE(start(folder.path() + "/state")) << "and it is found again";
  std::filesystem::remove_all(home);
}

}  // namespace
}  // namespace countersign::store
