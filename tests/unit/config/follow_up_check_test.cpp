// Whether what follows an action can be made from what the action was given.
#include <gtest/gtest.h>

#include "config/packs.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

class FollowUpCheck : public testing::Test {
 protected:
  FollowUpCheck() {
    settings_.packs = {folder_.path()};
    folder_.write("p/pack.yaml", "name: p\nversion: 1.0.0\n");
    action("look", "tier: read_only\n", "host");
    action("undo", "", "host");
    action("undo_on", "", "server");
  }
  void action(const std::string& name, const std::string& more, const std::string& parameter) {
    folder_.write("p/actions/" + name + ".yaml", "name: " + name + "\nrunner_type: noop\n" + more +
                                                     "parameters: {" + parameter +
                                                     ": {type: string, required: true}}\n");
  }
  Texts problems(const std::string& follow_up) {
    action("deploy", follow_up, "host");
    Texts out = texts(load_catalog(settings_).problems);
    for (std::string& text : out) text.erase(0, text.find("deploy.yaml"));
    return out;
  }
  Folder folder_;
  Settings settings_;
};

TEST_F(FollowUpCheck, takes_what_can_be_made) {
  EXPECT_EQ(problems("verify: p.look\nrollback: p.undo\n"), Texts{});
  EXPECT_EQ(problems("rollback: {action: p.undo_on, parameters: {server: '{{ host }}'}}\n"),
            Texts{});
}

TEST_F(FollowUpCheck, names_what_is_wrong_by_line_and_key) {
  EXPECT_EQ(problems("verify: p.lok\n"),
            (Texts{"deploy.yaml:3: verify: unknown action 'p.lok'; did you mean 'p.look'?"}));
  EXPECT_EQ(
      problems("verify: {action: p.look, parameters: {hots: x}}\n"),
      (Texts{
          "deploy.yaml:3: verify.parameters.hots: unknown parameter 'hots'; did you mean 'host'?",
          "deploy.yaml:3: verify: p.look requires the parameter 'host'"}));
  EXPECT_EQ(problems("rollback: p.undo_on\n"),
            (Texts{"deploy.yaml:3: rollback: p.undo_on requires the parameter 'server'"}));
}

TEST_F(FollowUpCheck, a_check_changes_nothing_and_taking_back_is_never_done_unasked) {
  EXPECT_EQ(problems("verify: p.undo\n"),
            (Texts{"deploy.yaml:3: verify: must be read_only, because nobody is asked before it; "
                   "p.undo is mutating"}));
  EXPECT_EQ(
      problems("rollback: p.look\n"),
      (Texts{"deploy.yaml:3: rollback: must be mutating or high_impact, because it is offered "
             "to people; p.look is read_only and would not wait for them"}));
}

}  // namespace
}  // namespace countersign::config
