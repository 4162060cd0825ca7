#include "bot/core/follow_up.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

Action with_both() {
  Action a;
  a.verify = FollowUp{"p.look", nullptr, {}};
  a.rollback = FollowUp{"p.undo", nullptr, {}};
  return a;
}
Run ended(RunState state, const char* outcome, Purpose purpose = Purpose::remedy) {
  Run r;
  r.state = state;
  r.attempt = 1;
  r.purpose = purpose;
  r.outcome = {{"class", outcome}};
  return r;
}

struct Case {
  const char* why;
  Run run;
  std::optional<Purpose> follows;
};

TEST(FollowUp, is_called_for_by_how_a_run_ended) {
  auto settled = ended(RunState::failed, "ambiguous");
  settled.outcome["settled_as"] = "it did not happen, and it is left";
  auto never_tried = ended(RunState::failed, "failed");
  never_tried.attempt = 0;
  auto simulated = ended(RunState::succeeded, "ok");
  simulated.simulated = true;
  auto unplanned_check = ended(RunState::failed, "failed", Purpose::verify);
  unplanned_check.attempt = 0;
  const Case cases[] = {
      {"a success is checked", ended(RunState::succeeded, "ok"), Purpose::verify},
      {"a rollback's too", ended(RunState::succeeded, "ok", Purpose::rollback), Purpose::verify},
      {"a check is not checked", ended(RunState::succeeded, "ok", Purpose::verify), {}},
      {"a failure is taken back", ended(RunState::failed, "failed"), Purpose::rollback},
      {"also after its tries", ended(RunState::dead, "failed"), Purpose::rollback},
      {"unless it did nothing", ended(RunState::dead, "not_applied"), {}},
      {"or never began", never_tried, {}},
      {"or a person has judged it", settled, {}},
      {"a rollback is not taken back", ended(RunState::failed, "failed", Purpose::rollback), {}},
      {"a failed check", ended(RunState::failed, "failed", Purpose::verify), Purpose::rollback},
      {"one that cannot be made", unplanned_check, Purpose::rollback},
      {"one that was withdrawn", ended(RunState::cancelled, "", Purpose::verify), {}},
      {"nobody knows yet", ended(RunState::unknown, "ambiguous"), {}},
      {"a dry run did nothing", simulated, {}},
  };
  for (const Case& c : cases) EXPECT_EQ(follow_up_of(c.run, with_both()), c.follows) << c.why;
}

TEST(FollowUp, is_not_called_for_where_none_is_declared) {
  EXPECT_EQ(follow_up_of(ended(RunState::succeeded, "ok"), Action{}), std::nullopt);
  EXPECT_EQ(follow_up_of(ended(RunState::failed, "failed"), Action{}), std::nullopt);
}

TEST(FollowUp, takes_the_parameters_of_the_same_name_unless_it_names_its_own) {
  Action look;
  look.parameters = {{.name = "host"}, {.name = "depth"}, {.name = "fixed", .immutable = true}};
  const Json bound = {{"host", "web-3"}, {"keep", 5}, {"fixed", 1}, {"depth", nullptr}};
  EXPECT_EQ(*follow_up_parameters({"p.look", nullptr, {}}, bound, look), (Json{{"host", "web-3"}}));
  EXPECT_EQ(*follow_up_parameters({"p.look", {{"depth", "{{ keep }}"}, {"n", 2}}, {}}, bound, look),
            (Json{{"depth", "5"}, {"n", 2}}));
  EXPECT_EQ(*follow_up_parameters({"p.look", Json::object(), {}}, bound, look), Json::object())
      << "none is none";
  const auto missing = follow_up_parameters({"p.look", {{"a", "{{ nothing }}"}}, {}}, bound, look);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("nothing"), std::string::npos);
}

}  // namespace
}  // namespace countersign::core
