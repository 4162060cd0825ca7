// What goes out: files, sizes, limits.
#include "adapters/mattermost/markdown.h"
#include "tests/unit/adapters/mattermost_fixture.h"

namespace countersign::adapters::mattermost {
namespace {

class MattermostDelivery : public MattermostAdapterTest {
 protected:
  Outgoing with_file(const std::string& text) {
    auto out = message("output");
    out.message.file = core::File{"R12 \"out\".txt", text};
    return out;
  }
  std::string contents(const Json& post) {
    const auto id = post.at("file_ids").at(0).get<std::string>();
    return chat_.rest("alice", "GET", "/api/v4/files/" + id).text;
  }
  Json thread(const std::string& post) {
    return chat_.ok("alice", "GET", "/api/v4/posts/" + post + "/thread").at("posts");
  }
};

TEST_F(MattermostDelivery, a_file_comes_with_its_message) {
  const std::string text = "line 1\r\n--part-\r\n\"quoted\" \u00e4\n";
  const auto sent = adapter_->deliver(with_file(text), {});
  ASSERT_EQ(sent.kind, Delivery::Kind::sent) << sent.why;
  const auto post = read(sent.message_id);
  EXPECT_EQ(contents(post), text);
  const auto info = chat_.ok(
      "alice", "GET", "/api/v4/files/" + post.at("file_ids").at(0).get<std::string>() + "/info");
  EXPECT_EQ(info.at("name"), "R12 _out_.txt");
}

TEST_F(MattermostDelivery, the_file_of_a_changed_message_is_in_its_thread_once_I19) {
  const auto sent = adapter_->deliver(message("running"), {});
  auto update = with_file("all of it");
  update.op = Outgoing::Op::update;
  update.message_id = sent.message_id;
  EXPECT_EQ(adapter_->deliver(update, {}).message_id, sent.message_id);
  EXPECT_EQ(adapter_->deliver(update, {}).message_id, sent.message_id);
  const auto posts = thread(sent.message_id);
  ASSERT_EQ(posts.size(), 2U);
  for (const auto& [id, post] : posts.items()) {
    if (id == sent.message_id) continue;
    EXPECT_EQ(contents(post), "all of it");
  }
}

TEST_F(MattermostDelivery, a_file_that_cannot_be_uploaded_does_not_hold_the_message_up) {
  control("rest/refuse", {{"count", 1}, {"status", 500}, {"path", "/files"}});
  const auto sent = adapter_->deliver(with_file("x"), {});
  ASSERT_EQ(sent.kind, Delivery::Kind::sent) << sent.why;
  EXPECT_EQ(read(sent.message_id).at("message"), "output");
  // A limit is no failure: nothing is posted without its file for that.
  control("rest/refuse", {{"count", 1}, {"status", 429}, {"path", "/files"}});
  const auto limited = adapter_->deliver(with_file("x"), {});
  EXPECT_EQ(limited.kind, Delivery::Kind::failed);
  EXPECT_EQ(limited.hold, Delivery::Hold::chat);
}

TEST_F(MattermostDelivery, a_message_that_is_too_long_is_cut_to_what_the_server_takes_T19) {
  auto out = message("title");
  out.message.block.assign(50'000, 'x');
  out.message.footer = {{core::plain("R12")}};
  out.message.buttons = {button()};
  const auto sent = adapter_->deliver(out, {});
  ASSERT_EQ(sent.kind, Delivery::Kind::sent) << sent.why;
  const auto text = read(sent.message_id).at("message").get<std::string>();
  EXPECT_LE(code_points(text), 16383U);
  EXPECT_TRUE(text.ends_with("R12"));
}

TEST_F(MattermostDelivery, buttons_that_carry_more_than_the_server_keeps_are_words_instead_T19) {
  auto out = message("plan");
  out.message.buttons = {button(), button()};
  out.message.buttons[1].id = "deny";
  out.message.without_buttons = {core::plain("type it")};
  out.message.fallback = std::string(300, 'f');
  // Just small enough, with characters that the server writes long.
  for (const auto& [size, fits] : {std::pair(500, true), {620, false}, {5'000, false}}) {
    for (auto& one : out.message.buttons)
      one.context["parameters"] = std::string(static_cast<std::size_t>(size), '<');
    out.client_id = "size-" + std::to_string(size);
    const auto sent = adapter_->deliver(out, {});
    ASSERT_EQ(sent.kind, Delivery::Kind::sent) << size << sent.why;
    const auto post = read(sent.message_id);
    EXPECT_EQ(post.at("props").contains("attachments"), fits) << size;
    EXPECT_EQ(post.at("message").get<std::string>().find("type it") == std::string::npos, fits);
  }
}

TEST_F(MattermostDelivery, a_limited_call_says_how_long_to_wait_and_for_what) {
  ASSERT_EQ(adapter_->deliver(message("known channel"), {}).kind, Delivery::Kind::sent);
  for (const auto op : {Outgoing::Op::post, Outgoing::Op::update}) {
    control("rest/refuse", {{"count", 1}, {"status", 429}, {"path", "/posts"}});
    auto out = message("x", "c2");
    out.op = op;
    out.message_id = std::string(26, 'x');
    const auto slow = adapter_->deliver(out, {});
    EXPECT_EQ(slow.kind, Delivery::Kind::failed);
    EXPECT_TRUE(slow.retryable);
    EXPECT_EQ(slow.retry_after, 1000ms);
    EXPECT_EQ(slow.hold, Delivery::Hold::chat);
  }
}

}  // namespace
}  // namespace countersign::adapters::mattermost
