#include "adapters/mattermost/dialog.h"
#include "adapters/mattermost/render.h"
#include "tests/unit/adapters/mattermost_fixture.h"

namespace countersign::adapters::mattermost {
namespace {

core::Form reason_form() {
  core::Form form;
  form.title = "Deny R12";
  form.intro = "Why? @channel [x](http://evil.example)";
  form.submit = "Deny";
  form.context = {{"seal", "f"}};
  core::FormField reason;
  reason.kind = core::FormField::Kind::paragraph;
  reason.id = "reason";
  reason.label = "Reason";
  form.fields = {reason};
  return form;
}

class MattermostForms : public MattermostAdapterTest {
 protected:
  // A message whose button opens the form, pressed by alice; what her client is shown.
  Json pressed() {
    auto out = message("plan");
    out.message.buttons = {button()};
    sent_ = adapter_->deliver(out, {});
    const auto socket = chat_.listen("alice");
    EXPECT_EQ(click("alice", sent_.message_id, "approve").status, 200);
    return Json::parse(
        socket->wait_event("open_dialog").at("data").at("dialog").get<std::string>());
  }
  Json submit(const Json& shown, const Json& values, const std::string& who = "alice",
              bool cancelled = false) {
    return chat_.ok(who, "POST", "/api/v4/actions/dialogs/submit",
                    {{"url", shown.at("url")},
                     {"callback_id", shown.at("dialog").at("callback_id")},
                     {"state", shown.at("dialog").at("state")},
                     {"channel_id", chat_.channel("ops")},
                     {"submission", values},
                     {"cancelled", cancelled}});
  }
  core::ActAnswer asks(const core::Act& act) {
    core::ActAnswer answer;
    if (act.kind == core::Act::Kind::button) answer.form = reason_form();
    return answer;
  }

  Delivery sent_;
};

TEST_F(MattermostForms, a_click_may_open_a_form_whose_answers_come_back_as_an_act) {
  desk_.reply = [this](const core::Act& act) { return asks(act); };
  start();
  const auto shown = pressed();
  EXPECT_EQ(shown.at("dialog").at("title"), "Deny R12");
  EXPECT_EQ(shown.at("dialog").at("elements")[0].at("name"), "reason");
  EXPECT_EQ(submit(shown, {{"reason", "not on a Friday"}}, "bob"), Json::object());
  const auto act = desk_.arrived.at(1);
  EXPECT_EQ(act.kind, core::Act::Kind::form);
  EXPECT_TRUE(act.id.starts_with("mm:form:"));
  // Who sends it in is the server's word, whoever the form was opened for.
  EXPECT_EQ(act.person.key, "mm:" + chat_.id("bob"));
  EXPECT_EQ(act.context, Json({{"seal", "f"}}));
  EXPECT_EQ(act.values.at("reason"), "not on a Friday");
  EXPECT_EQ(act.place, (core::ChatPlace{"mm", chat_.channel("ops"), ""}));
  EXPECT_EQ(act.message_id, "");
  // The same again is the same act, other words are another.
  submit(shown, {{"reason", "not on a Friday"}}, "bob");
  EXPECT_EQ(desk_.arrived.at(2).id, act.id);
  submit(shown, {{"reason", "never"}}, "bob");
  EXPECT_NE(desk_.arrived.at(3).id, act.id);
}

TEST_F(MattermostForms, what_is_wrong_in_a_form_is_shown_at_its_field) {
  desk_.reply = [this](const core::Act& act) {
    auto answer = asks(act);
    if (act.kind == core::Act::Kind::form) answer.errors = {{"reason", "too short"}};
    return answer;
  };
  start();
  const auto answer = submit(pressed(), {{"reason", "no"}});
  EXPECT_EQ(answer, Json({{"errors", {{"reason", "too short"}}}}));
}

TEST_F(MattermostForms, a_form_that_was_not_kept_stays_open_with_the_reason) {
  desk_.reply = [this](const core::Act& act) { return asks(act); };
  start();
  const auto shown = pressed();
  desk_.refusals = 1;
  EXPECT_TRUE(submit(shown, {{"reason", "x"}}).contains("error"));
  EXPECT_EQ(submit(shown, {{"reason", "x"}}), Json::object());
  EXPECT_EQ(desk_.arrived.count(), 2U);
}

TEST_F(MattermostForms, after_a_form_its_sender_is_told_directly) {
  desk_.reply = [this](const core::Act& act) {
    auto answer = asks(act);
    if (act.kind == core::Act::Kind::form) answer.tell = "Denied.\n@here it is over";
    return answer;
  };
  start();
  const auto shown = pressed();
  const auto socket = chat_.listen("alice");
  submit(shown, {{"reason", "x"}});
  EXPECT_NE(socket->wait_event("posted").dump().find("Denied.\\\\n@\u200Bhere"), std::string::npos);
}

TEST_F(MattermostForms, a_cancelled_or_forged_form_decides_nothing_T41) {
  desk_.reply = [this](const core::Act& act) { return asks(act); };
  start();
  auto shown = pressed();
  EXPECT_EQ(submit(shown, Json::object(), "alice", true), Json::object());
  for (const auto* state : {"", "x", "[]", "{\"context\":1}", "{\"context\":{}}"}) {
    shown["dialog"]["state"] = state;
    const auto reply = chat_.rest("alice", "POST", "/api/v4/actions/dialogs/submit",
                                  {{"url", shown.at("url")}, {"state", state}});
    EXPECT_EQ(reply.status, 400) << state;
  }
  EXPECT_EQ(desk_.arrived.count(), 1U);
}

TEST_F(MattermostForms, a_form_that_cannot_be_opened_is_said_T42) {
  desk_.reply = [this](const core::Act& act) { return asks(act); };
  start();
  auto out = message("plan");
  out.message.buttons = {button()};
  const auto sent = adapter_->deliver(out, {});
  control("rest/refuse", {{"count", 1}, {"status", 500}, {"path", "/dialogs/open"}});
  const auto socket = chat_.listen("alice");
  click("alice", sent.message_id, "approve");
  EXPECT_NE(socket->wait_event("ephemeral_message").dump().find("could not be opened"),
            std::string::npos);
}

TEST_F(MattermostForms, a_menus_choice_comes_apart_from_what_was_sealed_T36) {
  start();
  auto out = message("plan");
  out.message.buttons = {button()};
  out.message.buttons[0].choices = {{"a", "Host A"}, {"b", "Host B"}};
  const auto sent = adapter_->deliver(out, {});
  const auto action = read(sent.message_id).at("props").at("attachments")[0].at("actions")[0];
  EXPECT_EQ(action.at("type"), "select");
  EXPECT_EQ(action.at("options")[1], Json({{"text", "Host B"}, {"value", "b"}}));
  click("alice", sent.message_id, "approve", {{"selected_option", "b"}});
  const auto act = desk_.arrived.at(0);
  EXPECT_EQ(act.choice, "b");
  EXPECT_EQ(act.context, Json({{"seal", "s"}}));
}

TEST(MattermostDialog, keeps_to_the_sizes_of_the_platform) {
  auto form = reason_form();
  form.title = std::string(40, 't');
  form.fields[0].label = std::string(40, 'l');
  form.fields[0].hint = std::string(400, 'h');
  form.fields[0].longest = 100'000;
  core::FormField line = form.fields[0];
  line.kind = core::FormField::Kind::text;
  line.required = false;
  core::FormField long_line = line;
  long_line.value = std::string(500, 'v');
  core::FormField menu = line;
  menu.kind = core::FormField::Kind::choice;
  menu.choices = {{"v", "Label"}};
  form.fields.insert(form.fields.end(), {line, long_line, menu});
  const Json dialog = dialog_request(form, {form.context, "c", "o"}, "t", "u").at("dialog");
  EXPECT_EQ(dialog.at("title"), std::string(23, 't') + "…");
  EXPECT_EQ(dialog.at("elements")[0].at("display_name"), std::string(23, 'l') + "…");
  const Json& elements = dialog.at("elements");
  EXPECT_EQ(elements[0].at("type"), "textarea");
  EXPECT_EQ(elements[0].at("max_length"), 3000);
  EXPECT_EQ(elements[1].at("type"), "text");
  EXPECT_EQ(elements[1].at("max_length"), 150);
  EXPECT_EQ(elements[1].at("optional"), true);
  EXPECT_EQ(elements[2].at("type"), "textarea");  // what stands there must fit
  EXPECT_EQ(elements[3].at("options")[0], Json({{"text", "Label"}, {"value", "v"}}));
  EXPECT_EQ(dialog.at("introduction_text"), render_tell(form.intro));
}

}  // namespace
}  // namespace countersign::adapters::mattermost
