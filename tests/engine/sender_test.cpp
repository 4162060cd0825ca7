// A sender whose chat was away for a moment (I16).
#include "tests/engine/house.h"

#include "bot/store/outbox.h"

namespace countersign::engine {
namespace {

class Pauses : public House {
 protected:
  Pauses() {
    action("ops.rotate", core::Tier::mutating);
    add(rule("disk", "ops.rotate"));
    publish();
    chat.found = core::Delivery{core::Delivery::Kind::sent, "there", "C1", "there", false, "", {}};
    alert("web-1", "d1");
    settle();
    chat.up = false;
    alert("web-2", "d2");
    settle();
    EXPECT_EQ(chat.sent.size(), 1u);
  }
  std::string term() { return database.value("SELECT term FROM cs.chat_sender WHERE chat = 'mm'"); }
};

TEST_F(Pauses, in_which_nobody_else_spoke_are_no_reason_to_look_for_older_posts) {
  chat.up = true;
  settle();
  EXPECT_EQ(term(), "1");
  EXPECT_EQ(chat.sent.size(), 2u) << "it was searched for, and found to be another's";
}

TEST_F(Pauses, in_which_another_replica_spoke_are_followed_by_a_search) {
  deps.db.transact("other", [](store::Tx& tx) {
    const auto term = store::hold_sender(tx, "mm", "other", 0, std::chrono::seconds(45));
    ASSERT_TRUE(term);
    store::release_sender(tx, "mm", term->number);
  });
  chat.up = true;
  settle();
  EXPECT_EQ(term(), "3");
  EXPECT_EQ(chat.sent.size(), 1u);
}

TEST_F(Pauses, that_were_the_end_of_a_process_are_followed_by_a_search) {
  chat.up = true;
  OutboxSender next(deps, chat);
  next.run_once({});
  EXPECT_EQ(term(), "2");
  EXPECT_EQ(chat.sent.size(), 1u);
}

}  // namespace
}  // namespace countersign::engine
