// What every Runner promises, whatever it runs.
#include <gtest/gtest.h>

#include <memory>
#include <stop_token>

#include "tests/contract/runner/subjects.h"

namespace countersign::actions {
namespace {

using core::OutcomeClass;
using test::Subject;
using Wish = Subject::Wish;

struct Param {
  const char* name;
  std::unique_ptr<Subject> (*make)();
};

class RunnerContract : public testing::TestWithParam<Param> {
 protected:
  // The request for a wish; skips the test where the runner has no such case.
  void wish(Wish wish) {
    request_.call = subject_->call(wish);
    if (request_.call.is_null()) GTEST_SKIP() << "this runner cannot do that";
    request_.run = "17";
    request_.correlation = "4bf92f3577b34da6a3ce929d0e0e4736";
    request_.idempotency_key = "key-17";
    request_.fence = 3;
  }
  core::Outcome run(std::stop_token stop = {}) {
    return subject_->runner().run(request_, std::move(stop));
  }

  std::unique_ptr<Subject> subject_ = GetParam().make();
  core::RunRequest request_;
};

// GTEST_SKIP leaves only the function it stands in.
#define WISH(w) \
  wish(w);      \
  if (IsSkipped()) return

TEST_P(RunnerContract, says_ok_without_an_error) {
  WISH(Wish::succeed);
  const auto outcome = run();
  EXPECT_EQ(outcome.klass, OutcomeClass::ok);
  EXPECT_EQ(outcome.error, "");
  EXPECT_FALSE(outcome.truncated);
}

TEST_P(RunnerContract, says_failed_with_one_line_of_reason) {
  WISH(Wish::fail);
  const auto outcome = run();
  EXPECT_EQ(outcome.klass, OutcomeClass::failed);
  EXPECT_NE(outcome.error, "");
  EXPECT_EQ(outcome.error.find('\n'), std::string::npos);
}

TEST_P(RunnerContract, a_declared_code_proves_that_nothing_was_done) {
  WISH(Wish::fail);
  const int code = run().code;
  if (code == 0) GTEST_SKIP() << "this runner has no codes";
  request_.not_applied_codes = {code};
  EXPECT_EQ(run().klass, OutcomeClass::not_applied);
}

TEST_P(RunnerContract, ends_at_the_timeout_in_doubt) {
  WISH(Wish::hang);
  request_.timeout = std::chrono::milliseconds(300);
  const auto outcome = run();
  EXPECT_EQ(outcome.klass, OutcomeClass::ambiguous);
  EXPECT_NE(outcome.error, "");
}

TEST_P(RunnerContract, ends_when_stopped_in_doubt) {
  WISH(Wish::hang);
  std::stop_source stop;
  subject_->on_hanging = [&] { stop.request_stop(); };
  request_.on_output = [&](std::string_view) { stop.request_stop(); };
  EXPECT_EQ(run(stop.get_token()).klass, OutcomeClass::ambiguous);
}

TEST_P(RunnerContract, T28_T29_cuts_the_output_at_its_limit) {
  WISH(Wish::print_1000_bytes);
  EXPECT_EQ(run().output.size(), 1000u);
  request_.output_limit = 100;
  const auto outcome = run();
  EXPECT_EQ(outcome.klass, OutcomeClass::ok);
  EXPECT_EQ(outcome.output.size(), 100u);
  EXPECT_TRUE(outcome.truncated);
}

TEST_P(RunnerContract, I13_shows_the_same_key_on_every_try) {
  WISH(Wish::succeed);
  if (!subject_->shows_keys()) GTEST_SKIP() << "this runner has no far side";
  for (request_.attempt = 1; request_.attempt <= 3; ++request_.attempt) run();
  EXPECT_EQ(subject_->keys(), (std::vector<std::string>{"key-17", "key-17", "key-17"}));
}

TEST_P(RunnerContract, makes_a_dry_call_like_any_other) {
  WISH(Wish::succeed);
  request_.dry = true;
  EXPECT_EQ(run().klass, OutcomeClass::ok);
}

TEST_P(RunnerContract, never_throws_on_a_malformed_call) {
  WISH(Wish::succeed);
  const Json good = request_.call;
  std::vector<Json> calls{Json(), Json(1), Json("x"), Json::array({1}), Json::object()};
  // Every part of a good call, replaced by every other kind of value.
  for (const auto& [key, value] : good.items()) {
    for (const Json& odd : {Json(), Json(1), Json("\r\n"), Json::array({Json::object()}),
                            Json{{"", Json::array()}}}) {
      calls.push_back(good);
      calls.back()[key] = odd;
    }
  }
  for (const Json& call : calls) {
    request_.call = call;
    EXPECT_NO_THROW(run()) << call;
  }
}

INSTANTIATE_TEST_SUITE_P(Runners, RunnerContract,
                         testing::Values(Param{"command", test::command_subject},
                                         Param{"http", test::http_subject},
                                         Param{"noop", test::noop_subject},
                                         Param{"announcement", test::announcement_subject}),
                         [](const auto& made) { return std::string(made.param.name); });

}  // namespace
}  // namespace countersign::actions
