// Buttons and emoji.
#include "tests/engine/house.h"

#include <future>

#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;

class Acts : public House {
 protected:
  Acts() {
    action("ops.rotate", core::Tier::mutating);
    add(rule("disk", "ops.rotate"));
    publish();
    alert("web-3", "d1");
    settle();
  }
  core::Button button(const std::string& id) const {
    for (auto it = chat.sent.rbegin(); it != chat.sent.rend(); ++it) {
      for (const auto& b : it->message.buttons) {
        if (b.id == id) return b;
      }
    }
    return {};
  }
  core::Act press(const std::string& who, const Json& context,
                  const std::string& message = "post1") {
    core::Act act;
    act.id = "mm:click:" + std::to_string(++clicks_);
    act.person = {"mm:" + who, who};
    act.place = {"mm", "C1", ""};
    act.message_id = message;
    act.context = context;
    return act;
  }
  core::Act emoji(const std::string& who, const std::string& name, bool added = true) {
    auto act = press(who, nullptr);
    act.kind = added ? core::Act::Kind::emoji_added : core::Act::Kind::emoji_removed;
    act.emoji = name;
    return act;
  }
  std::string handle(const core::Act& act) {
    std::string words = "(no answer)";
    desk.act(act, [&](core::ActAnswer answer) { words = answer.tell; });
    while (desk.run_once({})) {
    }
    settle();
    return words;
  }
  int clicks_ = 0;
};

TEST_F(Acts, a_press_of_approve_by_someone_with_the_role_runs_it) {
  EXPECT_EQ(handle(press("alice", button("approve").context)), "");
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Acts, a_refused_press_tells_the_presser_alone) {
  EXPECT_NE(handle(press("carol", button("approve").context)).find("needs sre"), std::string::npos);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Acts, a_forged_or_altered_button_does_nothing_T36_T41) {
  auto context = button("approve").context;
  context["run"] = 99;
  EXPECT_NE(handle(press("alice", context)).find("not one of mine"), std::string::npos);
  EXPECT_NE(handle(press("alice", {{"do", "approve"}})).find("not one of mine"), std::string::npos);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Acts, a_button_copied_to_another_message_does_nothing_T36) {
  EXPECT_NE(handle(press("alice", button("approve").context, "post77")).find("plan's own message"),
            std::string::npos);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Acts, a_thumb_up_approves_and_any_skin_tone_does) {
  handle(emoji("alice", "+1_medium_dark_skin_tone"));
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Acts, a_cross_denies) {
  handle(emoji("bob", "x"));
  EXPECT_EQ(only_run().state, RunState::denied);
}

TEST_F(Acts, an_emoji_that_is_no_vote_does_nothing_T38) {
  handle(emoji("alice", "tada"));
  handle(emoji("alice", "white_check_mark_custom"));
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Acts, an_emoji_by_somebody_without_the_role_is_refused_privately) {
  handle(emoji("carol", "white_check_mark"));
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(chat.sent.back().op, core::Outgoing::Op::tell);
  EXPECT_EQ(chat.sent.back().person, "mm:carol");
}

TEST_F(Acts, a_bots_reaction_counts_for_nothing_T38) {
  auto act = emoji("alice", "white_check_mark");
  act.human = false;
  handle(act);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Acts, the_why_button_answers_in_the_thread) {
  handle(press("carol", button("why").context));
  EXPECT_EQ(chat.sent.back().place.thread, "post1");
  EXPECT_NE(said().back().find("Rule ops.disk matched"), std::string::npos);
}

TEST(ButtonSeal, opens_only_with_its_key_and_unaltered) {
  const Press press{"approve", {12}, {7}, "aa", 0};
  const Json sealed = seal(press, "key");
  EXPECT_EQ(unseal(sealed, "key")->run, core::RunId{12});
  EXPECT_FALSE(unseal(sealed, "other"));
  for (const char* field : {"do", "run", "approval", "plan", "fence", "mac"}) {
    Json altered = sealed;
    altered[field] = altered[field].is_string() ? Json("deny") : Json(13);
    EXPECT_FALSE(unseal(altered, "key")) << field;
  }
  EXPECT_FALSE(unseal(nullptr, "key"));
  EXPECT_FALSE(unseal("text", "key"));
}

}  // namespace
}  // namespace countersign::engine
