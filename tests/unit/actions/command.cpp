#include "actions/command.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "actions/child_process.h"

namespace countersign::actions {
namespace {

using core::OutcomeClass;

constexpr int kDeadlineMs = 20'000;  // for conditions that come within milliseconds

class Command : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "command-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static core::RunRequest request(std::vector<std::string> argv) {
    core::RunRequest request;
    request.run = "17";
    request.correlation = "4bf92f3577b34da6a3ce929d0e0e4736";
    request.idempotency_key = "key-17";
    request.fence = 3;
    request.call = {{"argv", std::move(argv)}};
    return request;
  }
  static core::RunRequest script(const std::string& text) {
    return request({"/bin/sh", "-c", text});
  }

  core::Outcome run(const core::RunRequest& request, std::stop_token stop = {}) {
    return runner_.run(request, std::move(stop));
  }
  // Stops the run as soon as it has printed something.
  core::Outcome run_until_output(core::RunRequest request) {
    std::stop_source stop;
    request.on_output = [&](std::string_view) { stop.request_stop(); };
    return run(request, stop.get_token());
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
  CommandRunner runner_{{"/var/state", std::chrono::milliseconds(300)}};
};

TEST_F(Command, T24_passes_the_argument_vector_exactly) {
  const std::vector<std::string> nasty{"; rm -rf /", "$(id)", "`id`", "a\nb", "${IFS}", "",
                                       "'",          "\"",    "\\",   "*",    "--x=y",  "ä☂"};
  std::vector<std::string> argv{"/usr/bin/printf", "[%s]"};
  argv.insert(argv.end(), nasty.begin(), nasty.end());
  std::string expected;
  for (const std::string& one : nasty) expected += "[" + one + "]";
  const auto outcome = run(request(argv));
  EXPECT_EQ(outcome.klass, OutcomeClass::ok);
  EXPECT_EQ(outcome.output, expected);
}

TEST_F(Command, T29_T45_gives_the_child_a_fixed_environment_and_no_other) {
  ::setenv("CANARY_SECRET", "leak", 1);
  auto wish = request({"/usr/bin/env"});
  wish.call["env"] = {{"REGION", "eu"}, {"LANG", "de"}, {"COUNTERSIGN_FENCE", "99"}};
  const auto outcome = run(wish);
  ::unsetenv("CANARY_SECRET");
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto parent = outcome.output.find("TRACEPARENT=00-" + trace + "-");
  ASSERT_NE(parent, std::string::npos) << outcome.output;
  EXPECT_EQ(
      outcome.output.substr(0, parent),
      "COUNTERSIGN_CORRELATION=" + trace +
          "\nCOUNTERSIGN_FENCE=3\nCOUNTERSIGN_IDEMPOTENCY_KEY=key-17\nCOUNTERSIGN_RUN=17\n"
          "COUNTERSIGN_STATE_DIR=/var/state\nHOME=/\nLANG=de\nPATH=/usr/bin:/bin\nREGION=eu\n");
}

TEST_F(Command, T29_closes_every_descriptor_but_the_first_three) {
  const int leak = ::open("/dev/null", O_RDONLY);  // on purpose without O_CLOEXEC
  const auto outcome = run(request({"/bin/ls", "-1", "/proc/self/fd"}));
  ::close(leak);
  EXPECT_EQ(outcome.output, "0\n1\n2\n3\n");  // 3 is ls looking
}

TEST_F(Command, reads_nothing_and_runs_where_it_is_told) {
  auto wish = script("cat; pwd");
  wish.call["cwd"] = folder_;
  EXPECT_EQ(run(wish).output, std::filesystem::canonical(folder_).string() + "\n");
  EXPECT_EQ(run(script("pwd")).output, "/\n");
}

TEST_F(Command, captures_both_outputs_and_tells_while_it_runs) {
  auto wish = script("echo one; echo two >&2");
  std::string told;
  wish.on_output = [&](std::string_view text) { told += text; };
  EXPECT_EQ(run(wish).output, "one\ntwo\n");
  EXPECT_EQ(told, "one\ntwo\n");
}

TEST_F(Command, T29_keeps_output_up_to_its_limit_and_drains_the_rest) {
  auto wish = script("head -c 1000000 /dev/zero | tr '\\0' x; exit 3");
  wish.output_limit = 1000;
  const auto outcome = run(wish);
  EXPECT_EQ(outcome.output, std::string(1000, 'x'));
  EXPECT_TRUE(outcome.truncated);
  EXPECT_EQ(outcome.code, 3);
}

TEST_F(Command, T17_makes_the_output_text) {
  EXPECT_EQ(run(request({"/usr/bin/printf", "a\\377b\\000c"})).output, "a\uFFFDb\uFFFDc");
}

TEST_F(Command, tells_apart_failed_and_proven_not_applied) {
  auto wish = script("exit 7");
  EXPECT_EQ(run(wish).klass, OutcomeClass::failed);
  EXPECT_EQ(run(wish).error, "exit code 7");
  wish.not_applied_codes = {7};
  EXPECT_EQ(run(wish).klass, OutcomeClass::not_applied);
  EXPECT_EQ(run(wish).code, 7);
}

TEST_F(Command, a_program_that_cannot_start_has_not_been_applied) {
  std::ofstream(path("text")) << "no program";
  for (const std::string& program : {path("missing"), path("text"), folder_}) {
    const auto outcome = run(request({program}));
    EXPECT_EQ(outcome.klass, OutcomeClass::not_applied) << program;
    EXPECT_NE(outcome.error, "");
  }
  auto wish = script("true");
  wish.call["cwd"] = path("missing");
  EXPECT_EQ(run(wish).klass, OutcomeClass::not_applied);
}

TEST_F(Command, T29_a_killed_program_leaves_doubt) {
  const auto outcome = run(script("kill -9 $$"));
  EXPECT_EQ(outcome.klass, OutcomeClass::ambiguous);
  EXPECT_EQ(outcome.error, "killed by signal 9");
}

TEST_F(Command, T29_a_timeout_ends_it_and_leaves_doubt) {
  auto wish = script("echo begun; exec sleep 1000");
  wish.timeout = std::chrono::milliseconds(200);
  const auto outcome = run(wish);
  EXPECT_EQ(outcome.klass, OutcomeClass::ambiguous);
  EXPECT_EQ(outcome.error, "timed out after 200ms");
}

TEST_F(Command, T29_a_stop_ends_it_and_leaves_doubt) {
  const auto outcome = run_until_output(script("echo begun; exec sleep 1000"));
  EXPECT_EQ(outcome.klass, OutcomeClass::ambiguous);
  EXPECT_EQ(outcome.error, "stopped while it was running");
  EXPECT_EQ(outcome.output, "begun\n");
}

TEST_F(Command, a_stop_before_the_start_is_proof_that_nothing_happened) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run(script("touch " + path("trace")), stop.get_token()).klass,
            OutcomeClass::not_applied);
  EXPECT_FALSE(std::filesystem::exists(path("trace")));
}

ChildResult child_until_output(const std::string& script) {
  std::stop_source stop;
  ChildSpec spec;
  spec.argv = {"/bin/sh", "-c", script};
  spec.env = {{"PATH", "/usr/bin:/bin"}};
  spec.grace = std::chrono::milliseconds(200);
  spec.on_output = [&](std::string_view) { stop.request_stop(); };
  return run_child(spec, stop.get_token());
}

TEST(ChildProcess, T29_is_asked_before_it_is_killed) {
  const auto polite =
      child_until_output("trap 'exit 5' TERM; echo begun; while :; do sleep 0.01; done");
  EXPECT_EQ(polite.end, ChildResult::End::exited);
  EXPECT_EQ(polite.code, 5);
  EXPECT_EQ(polite.cut, ChildResult::Cut::stop);
}

TEST(ChildProcess, T29_is_killed_when_it_ignores_being_asked) {
  const auto stubborn =
      child_until_output("trap '' TERM; echo begun; while :; do sleep 0.01; done");
  EXPECT_EQ(stubborn.end, ChildResult::End::killed);
  EXPECT_EQ(stubborn.code, SIGKILL);
}

TEST_F(Command, T29_kills_what_its_child_leaves_in_the_group) {
  const std::string fifo = path("alive");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int watch = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  // The grandchild ignores SIGTERM and holds the output pipe and the fifo open for as long as it
  // lives.
  const auto outcome =
      run(script("(trap '' TERM; exec 3>" + fifo + "; echo up >&3; exec sleep 1000) & read x < " +
                 fifo + "; exit 0"));
  EXPECT_EQ(outcome.klass, OutcomeClass::ok);
  pollfd end{watch, 0, 0};  // only POLLHUP: the last writer is gone
  EXPECT_EQ(::poll(&end, 1, kDeadlineMs), 1);
  ::close(watch);
}

TEST_F(Command, T29_does_not_wait_for_a_grandchild_that_left_the_group) {
  const std::string up = path("up");
  const auto outcome =
      run(script("setsid sh -c 'echo $$; touch " + up + "; exec sleep 1000' & while [ ! -e " + up +
                 " ]; do :; done; exit 4"));
  EXPECT_EQ(outcome.klass, OutcomeClass::failed);
  EXPECT_EQ(outcome.code, 4);
  const pid_t stray = std::atoi(outcome.output.c_str());
  ASSERT_GT(stray, 1) << outcome.output;
  EXPECT_EQ(::kill(stray, SIGKILL),
            0);  // it is still there: leaving its session is how a daemon is meant to start
}

TEST_F(Command, refuses_malformed_calls_without_running_anything) {
  using namespace std::string_literals;
  const std::string touch = "/usr/bin/touch";
  for (const Json& call :
       {Json(), Json("x"), Json::array(), Json::object(), Json{{"argv", "x"}},
        Json{{"argv", Json::array()}}, Json{{"argv", {touch, 1}}},
        Json{{"argv", {"touch", path("trace")}}}, Json{{"argv", {touch, path("trace") + "\0x"s}}},
        Json{{"argv", {touch, path("trace")}}, {"cwd", 1}},
        Json{{"argv", {touch, path("trace")}}, {"env", {{"A=B", "c"}}}},
        Json{{"argv", {touch, path("trace")}}, {"env", {{"A", 1}}}},
        Json{{"argv", {touch, path("trace")}}, {"env", 1}}}) {
    auto wish = request({});
    wish.call = call;
    const auto outcome = run(wish);
    EXPECT_EQ(outcome.klass, OutcomeClass::not_applied) << call;
    EXPECT_TRUE(outcome.error.starts_with("malformed call: ")) << outcome.error;
  }
  EXPECT_FALSE(std::filesystem::exists(path("trace")));
}

TEST_F(Command, checks_the_entry_point_at_load) {
  const auto check = [this](const std::string& entry_point) {
    core::Action action;
    action.entry_point = entry_point;
    return runner_.check(action);
  };
  std::ofstream(path("script")) << "#!/bin/sh\n";
  EXPECT_TRUE(check("/bin/sh").ok());
  for (const std::string& bad :
       {std::string(), std::string("sh"), path("missing"), folder_, path("script")}) {
    EXPECT_FALSE(check(bad).ok()) << bad;
  }
  ::chmod(path("script").c_str(), 0700);
  EXPECT_TRUE(check(path("script")).ok());
}

}  // namespace
}  // namespace countersign::actions
