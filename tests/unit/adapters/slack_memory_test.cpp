// What the Slack adapter remembers: reactions, and how far it heard.
#include <gtest/gtest.h>

#include "adapters/slack/ids.h"
#include "adapters/slack/outcome.h"
#include "adapters/slack/progress.h"
#include "adapters/slack/reactions.h"

namespace countersign::adapters::slack {
namespace {

using News = Reactions::News;

Reaction reaction(bool added, const std::string& at, const std::string& user = "U1") {
  return {"C1", "1.000001", user, "+1", at, "Ev", added};
}

TEST(SlackReactions, news_repetition_and_what_is_out_of_date_are_told_apart_T38) {
  Reactions known;
  EXPECT_EQ(known.heard(reaction(true, "10.0")), News::fresh);
  EXPECT_EQ(known.heard(reaction(true, "10.0")), News::repeated);
  EXPECT_EQ(known.heard(reaction(false, "12.0")), News::fresh);
  EXPECT_EQ(known.heard(reaction(true, "11.0")), News::stale);
  EXPECT_EQ(known.heard(reaction(true, "13.0")), News::fresh);
  EXPECT_EQ(known.heard(reaction(false, "12.0")), News::stale);
}

std::vector<Reactions::Change> look(Reactions& known, const std::vector<Reacted>& there,
                                    std::uint64_t mark) {
  auto changes = known.compare("C1", "1.000001", there, mark);
  for (const auto& change : changes) known.took("C1", "1.000001", change, mark);
  return changes;
}

TEST(SlackReactions, a_look_finds_what_came_and_what_went_T42) {
  Reactions known;
  known.heard(reaction(true, "10.0", "U1"));
  known.heard(reaction(true, "10.0", "U2"));
  const auto changes = look(known, {{"U2", "+1"}, {"U3", "x"}}, known.mark());
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].what.user, "U1");
  EXPECT_FALSE(changes[0].added);
  EXPECT_EQ(changes[1].what.user, "U3");
  EXPECT_TRUE(changes[1].added);
  EXPECT_TRUE(look(known, {{"U2", "+1"}, {"U3", "x"}}, known.mark()).empty());
  EXPECT_EQ(known.heard(reaction(true, "9.0", "U2")), News::repeated);
}

TEST(SlackReactions, what_is_heard_during_a_look_is_newer_than_its_answer) {
  Reactions known;
  known.heard(reaction(true, "10.0", "U2"));
  const auto mark = known.mark();
  known.heard(reaction(true, "11.0", "U1"));
  known.heard(reaction(false, "11.0", "U2"));
  EXPECT_TRUE(look(known, {{"U2", "+1"}}, mark).empty());
}

TEST(SlackReactions, what_stands_is_remembered_over_a_restart_T35) {
  Reactions before;
  before.heard(reaction(true, "10.0", "U1"));
  before.heard(reaction(true, "10.0", "U2"));
  for (const auto* who : {"U1", "U2"}) before.kept("C1", "1.000001", {{who, "+1"}, true});
  before.heard(reaction(false, "11.0", "U2"));
  before.kept("C1", "1.000001", {{"U2", "+1"}, false});
  Reactions after;
  after.recall(before.standing());
  after.recall(Json::array({1, Json::array({"x"}), Json::array({1, 2, 3})}));
  const auto changes = look(after, {}, after.mark());
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].what.user, "U1");
  EXPECT_FALSE(changes[0].added);
}

// The process may end between hearing and keeping.
TEST(SlackReactions, what_was_heard_and_not_kept_is_news_after_a_restart_I1) {
  Reactions before;
  before.heard(reaction(true, "10.0", "U1"));
  before.heard(reaction(true, "10.0", "U2"));
  before.kept("C1", "1.000001", {{"U1", "+1"}, true});
  before.heard(reaction(false, "11.0", "U1"));
  Reactions after;
  after.recall(before.standing());
  const auto changes = look(after, {{"U2", "+1"}}, after.mark());
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_FALSE(changes[0].added);
  EXPECT_TRUE(changes[1].added);
}

TEST(SlackReactions, what_was_not_kept_is_news_again) {
  Reactions known;
  known.heard(reaction(true, "10.0"));
  known.forget("C1", "1.000001", {"U1", "+1"});
  EXPECT_EQ(known.heard(reaction(true, "10.0")), News::fresh);
}

TEST(SlackProgress, never_passes_a_message_that_is_not_kept) {
  Progress progress;
  progress.passed("1732191000.000100");
  progress.begin("1732191001.000000");
  progress.passed("1732191002.000000");
  EXPECT_EQ(progress.position().at("heard"), "1732191001.000000");
  progress.kept("1732191001.000000");
  EXPECT_EQ(progress.position().at("heard"), "1732191002.000000");
  progress.begin("1732190000.000000");  // delivered again, late
  EXPECT_EQ(progress.position().at("heard"), "1732190000.000000");
}

TEST(SlackProgress, goes_on_where_it_was) {
  Progress before;
  before.talked_in("C1");
  before.passed("1732191000.000100");
  Progress after;
  after.resume(before.position());
  EXPECT_EQ(after.channels(), std::set<std::string>{"C1"});
  const auto gap = after.gap();
  ASSERT_TRUE(gap);
  after.filled(*gap);
  EXPECT_EQ(after.position(), before.position());
  for (const Json& broken : {Json(), Json("x"), Json{{"heard", 7}, {"channels", {1, 2}}}}) {
    Progress fresh;
    fresh.resume(broken);
    EXPECT_FALSE(fresh.gap()) << broken.dump();
  }
}

TEST(SlackProgress, never_passes_a_gap_before_it_is_filled) {
  Progress progress;
  progress.missed_since(*instant_of("1732191000.000000"));
  progress.passed("1732191100.000000");
  EXPECT_LT(progress.position().at("heard"), "1732191000.000000");
  const auto gap = progress.gap();
  ASSERT_TRUE(gap);
  progress.missed_since(*instant_of("1732191050.000000"));  // while the first is looked into
  progress.filled(*gap);
  ASSERT_TRUE(progress.gap());
  EXPECT_GT(progress.gap()->since, *instant_of("1732191000.000000"));
  progress.filled(*progress.gap());
  EXPECT_EQ(progress.position().at("heard"), "1732191100.000000");
}

WebApi::Answer answer(int status, const std::string& error) {
  WebApi::Answer out;
  out.kind = net::HttpResult::Kind::answered;
  out.status = status;
  out.error = error;
  out.why = "why";
  if (!error.empty()) out.body = {{"ok", false}, {"error", error}};
  return out;
}

TEST(SlackOutcome, failure_refusal_and_doubt_are_told_apart) {
  using Kind = core::Delivery::Kind;
  using Hold = core::Delivery::Hold;
  const Attempt post{false, Hold::channel, "#ops"};
  const Attempt update{true, Hold::op, "#ops"};
  EXPECT_EQ(not_delivered({}, post).kind, Kind::failed);  // not sent
  EXPECT_TRUE(not_delivered({}, post).retryable);
  for (const auto& unclear : {answer(200, "fatal_error"), answer(500, ""), answer(200, ""),
                              answer(503, "service_unavailable")}) {
    EXPECT_EQ(not_delivered(unclear, post).kind, Kind::unknown);
    EXPECT_EQ(not_delivered(unclear, update).kind, Kind::failed);
    EXPECT_TRUE(not_delivered(unclear, update).retryable);
  }
  auto limited = answer(429, "ratelimited");
  limited.retry_after = std::chrono::seconds(7);
  EXPECT_EQ(not_delivered(limited, post).hold, Hold::channel);
  EXPECT_EQ(not_delivered(limited, update).hold, Hold::op);
  EXPECT_EQ(not_delivered(limited, post).retry_after, std::chrono::seconds(7));
  EXPECT_TRUE(not_delivered(limited, post).retryable);
  for (const auto* final : {"not_in_channel", "message_not_found", "invalid_blocks", "no_text"}) {
    EXPECT_EQ(not_delivered(answer(200, final), post).kind, Kind::failed) << final;
    EXPECT_FALSE(not_delivered(answer(200, final), post).retryable) << final;
  }
  EXPECT_EQ(not_delivered(answer(200, "not_in_channel"), post).why,
            "the bot is not in #ops: invite it there (/invite) (not_in_channel)");
}

}  // namespace
}  // namespace countersign::adapters::slack
