// Step-up: enrolling for one-time codes, checking them, starting over.
#include "bot/engine/step_up.h"

#include <thread>

#include "bot/engine/private_note.h"
#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using namespace std::chrono_literals;

const core::Person kAlice{"mm:alice", "alice"}, kBob{"mm:bob", "bob"};

class Enrolling : public House {
 protected:
  Enrolling() {
    snapshot->settings.step_up = config::StepUp{config::Secret(std::string(32, 'k')), "Acme"};
    publish();
  }
  void says(const std::string& who, const std::string& text) {
    command(who, text);
    settle();
  }
  core::Instant now() {
    return deps.db.transact("now", [](store::Tx& tx) { return tx.now(); });
  }
  std::string code(const std::string& secret, core::Duration off = {}) {
    return core::totp({secret}, now() + off);
  }
  // Of no step that is near.
  std::string wrong(const std::string& secret) {
    std::string guess = "000000";
    for (int i = -3; i <= 3; ++i) {
      if (code(secret, i * 30s) == guess) ++guess[0], i = -4;
    }
    return guess;
  }
  // The latest private message with a key in it.
  const core::Outgoing& key_message() const {
    const auto found = std::find_if(chat.sent.rbegin(), chat.sent.rend(), [](const auto& out) {
      return !out.message.buttons.empty() && out.message.buttons[0].id == "enrol";
    });
    if (found == chat.sent.rend()) throw std::logic_error("no key was told");
    return *found;
  }
  std::string told_secret() const {
    return core::unbase32(key_message().message.lines.at(0).at(1).text).value();
  }
  core::ActAnswer act(const core::Person& who, core::Act::Kind kind, const Json& context,
                      const std::string& typed = "") {
    core::Act act;
    act.kind = kind;
    act.id = "mm:click:" + std::to_string(++clicks_);
    act.person = who;
    act.place = {"mm", "C1", ""};
    act.context = context;
    if (kind == core::Act::Kind::form) act.values = {{StepUp::kCode, typed}};
    core::ActAnswer answered;
    desk.act(act, [&](core::ActAnswer answer) { answered = std::move(answer); });
    while (desk.run_once({})) {
    }
    settle();
    return answered;
  }
  core::ActAnswer press(const core::Person& who) {
    return act(who, core::Act::Kind::button, key_message().message.buttons[0].context);
  }
  // The words below the field, or the answer to the person.
  std::string enter(const core::Person& who, const std::string& typed) {
    const auto opened = press(who);
    if (!opened.form) return "(no window)";
    auto answer = act(who, core::Act::Kind::form, opened.form->context, typed);
    return answer.errors.empty() ? answer.tell : answer.errors[StepUp::kCode];
  }
  std::string enrol(const core::Person& who) {
    says(who.name, "!enrol");
    const std::string secret = told_secret();
    EXPECT_NE(enter(who, code(secret)).find("is set up"), std::string::npos);
    return secret;
  }
  std::string check(const core::Person& who, const std::string& typed) {
    const auto done = deps.db.transact(
        "check", [&](store::Tx& tx) { return StepUp(deps).check(tx, who, typed); });
    return done ? "right" : done.error().message;
  }
  Result<void> reset(const core::Person& whose, const core::Person& by) {
    return deps.db.transact("reset", [&](store::Tx& tx) {
      return StepUp(deps).reset(tx, {whose, by, "cli", "the phone is lost"});
    });
  }
  // As if the code that counted last were long ago.
  void later() { database.script("UPDATE cs.step_up SET last_step = 0"); }
  std::string verdicts() {
    return database.value(
        "SELECT string_agg(body->>'verdict', ',' ORDER BY audit_id) FROM cs.audit "
        "WHERE kind = 'step_up.code'");
  }
  // The tables that hold a text anywhere.
  std::string tables_with(const std::string& text) {
    return database.value(
        "SELECT string_agg(table_name, ',' ORDER BY table_name) FROM information_schema.tables "
        "WHERE table_schema = 'cs' AND table_type = 'BASE TABLE' AND query_to_xml("
        "format('SELECT t::text AS whole FROM cs.%I t', table_name), true, false, '')::text "
        "ILIKE '%" +
        text + "%'");
  }

 private:
  int clicks_ = 0;
};

TEST_F(Enrolling, is_a_key_told_to_that_person_alone_and_a_code_that_confirms_it) {
  says("alice", "!enrol");
  const core::Outgoing& told = key_message();
  EXPECT_EQ(told.op, core::Outgoing::Op::tell);
  EXPECT_EQ(told.person, "mm:alice");
  const std::string words = core::as_text(told.message);
  const std::string secret = told_secret();
  EXPECT_EQ(secret.size(), 20u);
  EXPECT_NE(words.find("otpauth://totp/Acme:alice?secret=" + core::base32(secret)),
            std::string::npos);
  EXPECT_NE(words.find(core::base32(secret).substr(0, 4) + " " + core::base32(secret).substr(4, 4)),
            std::string::npos);
  EXPECT_EQ(told.message.fallback.find(core::base32(secret)), std::string::npos)
      << "that is what notifications show";
  EXPECT_EQ(check(kAlice, code(secret)).find("This needs a one-time code, and you have no"), 0u);
  EXPECT_NE(enter(kAlice, code(secret)).find("is set up"), std::string::npos);
  EXPECT_EQ(check(kAlice, code(secret, 30s)), "right");
  EXPECT_EQ(verdicts(), "not_enrolled,right,right");
}

TEST_F(Enrolling, leaves_the_secret_in_no_table_log_or_other_message_T45) {
  testing::internal::CaptureStderr();
  chat.up = false;
  says("alice", "!enrol");
  ids.token_digit = 'b';
  chat.up = true;
  const std::string secret(20, '\xaa');
  const std::string text = core::base32(secret);
  const std::vector<std::string> texts{text, text.substr(0, 4) + " " + text.substr(4, 4),
                                       core::hex(secret), core::base64(secret)};
  for (const std::string& one : texts) EXPECT_EQ(tables_with(one), "") << "while it waits";
  settle();
  EXPECT_EQ(told_secret(), secret);
  EXPECT_EQ(database.value("SELECT message->>'sealed' FROM cs.outbox WHERE op = 'tell'"), "")
      << "emptied once it was sent";
  const std::string typed = code(secret), guessed = wrong(secret);
  enter(kAlice, guessed);
  enter(kAlice, typed);
  check(kAlice, code(secret, 30s));
  const std::string log = testing::internal::GetCapturedStderr();
  for (const std::string& one : texts) {
    EXPECT_EQ(tables_with(one), "");
    EXPECT_EQ(log.find(one), std::string::npos);
    EXPECT_LE(heard(one), 1) << "told once";
  }
  for (const std::string& one : {typed, guessed})
    EXPECT_EQ(database.value("SELECT count(*) FROM cs.audit WHERE body::text LIKE '%" + one + "%'"),
              "0");
  EXPECT_NE(tables_with("mm:alice").find("outbox,step_up"), std::string::npos)
      << "the search finds what is there";
}

TEST_F(Enrolling, does_not_tell_a_key_that_cannot_be_opened_any_more_T45) {
  chat.up = false;
  says("alice", "!enrol");
  auto next = std::make_shared<Snapshot>(*current.get());
  next->settings.step_up->key = config::Secret(std::string(32, 'x'));
  current.set(next);
  chat.up = true;
  settle();
  EXPECT_TRUE(chat.sent.empty());
  EXPECT_EQ(database.value("SELECT state || coalesce(message->>'sealed', ', emptied') "
                           "FROM cs.outbox WHERE op = 'tell'"),
            "dead, emptied");
  EXPECT_EQ(database.value("SELECT reason FROM cs.dead_letter"),
            "it was sealed with another step_up.key than is configured now");
}

TEST_F(Enrolling, is_offered_anew_until_it_is_confirmed_and_never_after) {
  says("alice", "!enrol");
  const std::string first = told_secret();
  ids.token_digit = 'b';
  says("alice", "!enrol");
  const std::string second = told_secret();
  EXPECT_NE(first, second);
  EXPECT_NE(enter(kAlice, code(first)).find("That code is wrong"), std::string::npos);
  EXPECT_NE(enter(kAlice, code(second)).find("is set up"), std::string::npos);
  ids.token_digit = 'c';
  says("alice", "!enrol");
  EXPECT_TRUE(heard("You are enrolled already"));
  EXPECT_EQ(told_secret(), second);
  EXPECT_NE(enter(kAlice, code(second, 30s)).find("enrolled already"), std::string::npos);
  EXPECT_EQ(check(kAlice, code(second, 30s)), "right");
}

TEST_F(Enrolling, ends_fifteen_minutes_after_the_key_by_the_databases_clock) {
  says("alice", "!enrol");
  database.script("UPDATE cs.step_up SET made_at = clock_timestamp() - interval '15 min'");
  EXPECT_NE(enter(kAlice, code(told_secret())).find("older than 15m"), std::string::npos);
  EXPECT_EQ(database.value("SELECT confirmed_at FROM cs.step_up"), "");
  says("alice", "!enrol");
  EXPECT_NE(enter(kAlice, code(told_secret())).find("is set up"), std::string::npos);
}

TEST_F(Enrolling, is_for_people_with_a_role_and_never_with_a_code_in_a_channel) {
  says("mallory", "!enrol");
  EXPECT_TRUE(heard("Only somebody who holds a role"));
  says("alice", "!enrol 123456");
  EXPECT_TRUE(heard("never in a channel"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.step_up"), "0");
}

TEST_F(Enrolling, needs_a_key_in_the_configuration_and_says_so) {
  auto next = std::make_shared<Snapshot>(*current.get());
  next->settings.step_up.reset();
  current.set(next);
  says("alice", "!enrol");
  EXPECT_TRUE(heard("the configuration has no step_up.key"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.step_up"), "0");
}

TEST_F(Enrolling, by_somebody_elses_button_concerns_only_who_presses_T36) {
  says("alice", "!enrol");
  const std::string secret = told_secret();
  EXPECT_NE(enter(kBob, code(secret)).find("nothing to confirm"), std::string::npos);
  EXPECT_EQ(database.value("SELECT confirmed_at FROM cs.step_up"), "");
}

class StepUpCodes : public Enrolling {
 protected:
  StepUpCodes() : secret(enrol(kAlice)) { later(); }
  const std::string secret;
};

TEST_F(StepUpCodes, count_once_over_two_replicas_I9) {
  store::Database elsewhere({.url = database.url()});
  Deps other{elsewhere, current, directory, signals, ids, journal, deps.runner, "r2", "key"};
  const std::string one = code(secret);
  std::atomic<int> right = 0, used = 0;
  std::vector<std::jthread> acts;
  const auto try_it = [&](Deps& replica) {
    const auto done = replica.db.transact(
        "check", [&](store::Tx& tx) { return StepUp(replica).check(tx, kAlice, one); });
    right += done.ok();
    used += !done && done.error().message.find("used already") != std::string::npos;
  };
  deps.db.transact("all of them at once", [&](store::Tx& tx) {
    tx.script("SELECT FROM cs.step_up FOR UPDATE");
    for (int i = 0; i < 8; ++i) acts.emplace_back([&, i] { try_it(i % 2 == 0 ? deps : other); });
    while (database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                          "AND datname = current_database()") != "8")
      std::this_thread::yield();
  });
  acts.clear();
  EXPECT_EQ(right, 1);
  EXPECT_EQ(used, 7);
}

TEST_F(StepUpCodes, five_wrong_ones_lock_it_by_the_databases_clock) {
  const std::string guess = wrong(secret);
  EXPECT_EQ(check(kAlice, guess), "That code is wrong; 4 tries are left");
  EXPECT_EQ(check(kAlice, guess), "That code is wrong; 3 tries are left");
  EXPECT_EQ(check(kAlice, guess), "That code is wrong; 2 tries are left");
  EXPECT_EQ(check(kAlice, guess), "That code is wrong; one try is left");
  const core::Instant before = now();
  const std::string last = check(kAlice, guess);
  EXPECT_EQ(database.value("SELECT locked_until BETWEEN '" + core::format_instant(before) +
                           "'::timestamptz + interval '15 min' - interval '1 ms' "
                           "AND clock_timestamp() + interval '15 min' FROM cs.step_up"),
            "true");
  const std::string until = database.value(
      "SELECT to_char(locked_until AT TIME ZONE 'UTC', 'HH24:MI \"UTC\"') FROM cs.step_up");
  EXPECT_EQ(last, "That code is wrong, and it was the last try; no code is taken from you until " +
                      until);
  EXPECT_EQ(check(kAlice, code(secret)),
            "Too many codes were wrong; no code is taken from you until " + until);
  database.script("UPDATE cs.step_up SET locked_until = clock_timestamp()");
  EXPECT_EQ(check(kAlice, code(secret)), "right");
  EXPECT_EQ(verdicts(), "right,wrong,wrong,wrong,wrong,wrong,locked,right");
}

TEST_F(StepUpCodes, wrong_ones_count_although_the_vote_does_not) {
  check(kAlice, wrong(secret));
  EXPECT_EQ(database.value("SELECT failures FROM cs.step_up"), "1");
  EXPECT_EQ(check(kAlice, code(secret)), "right");
  EXPECT_EQ(database.value("SELECT failures FROM cs.step_up"), "0");
}

TEST_F(StepUpCodes, of_a_clock_that_is_one_step_off_are_right) {
  EXPECT_EQ(check(kAlice, code(secret, 30s)), "right") << "ahead";
  std::string behind;
  std::int64_t begun, ended;
  do {  // the step may end between making the code and checking it
    later();
    begun = core::totp_step({secret}, now());
    behind = check(kAlice, code(secret, -30s));
    ended = core::totp_step({secret}, now());
  } while (begun != ended);
  EXPECT_EQ(behind, "right") << "behind";
  later();
  EXPECT_NE(check(kAlice, code(secret, -61s)), "right");
}

TEST_F(StepUpCodes, of_another_persons_secret_do_not_open_under_my_name_T45) {
  ids.token_digit = 'b';
  enrol(kBob);
  database.script(
      "UPDATE cs.step_up SET sealed = (SELECT sealed FROM cs.step_up WHERE person = 'mm:bob')");
  EXPECT_NE(check(kAlice, code(std::string(20, '\xbb'))).find("another step_up.key"),
            std::string::npos);
  later();
  EXPECT_EQ(check(kBob, code(std::string(20, '\xbb'))), "right");
}

TEST_F(StepUpCodes, are_worth_nothing_with_another_key_in_the_configuration_T45) {
  auto next = std::make_shared<Snapshot>(*current.get());
  next->settings.step_up->key = config::Secret(std::string(32, 'x'));
  current.set(next);
  EXPECT_NE(check(kAlice, code(secret)).find("somebody else has to reset it"), std::string::npos);
  next = std::make_shared<Snapshot>(*current.get());
  next->settings.step_up.reset();
  current.set(next);
  EXPECT_NE(check(kAlice, code(secret)).find("no step_up.key"), std::string::npos);
  EXPECT_EQ(database.value("SELECT failures FROM cs.step_up"), "0");
}

TEST_F(StepUpCodes, are_reset_by_another_person_only_and_everybody_hears_of_it) {
  EXPECT_FALSE(reset(kAlice, kAlice));
  EXPECT_EQ(check(kAlice, code(secret)), "right");
  EXPECT_TRUE(reset(kAlice, kBob));
  settle();
  EXPECT_TRUE(heard("bob has reset the second factor of alice: the phone is lost"));
  EXPECT_EQ(database.value("SELECT actor || ' ' || ref || ' ' || (body->>'why') FROM cs.audit "
                           "WHERE kind = 'step_up.reset'"),
            "mm:bob step_up:mm:alice the phone is lost");
  EXPECT_NE(check(kAlice, code(secret, 30s)), "right");
  EXPECT_FALSE(reset(kAlice, kBob)) << "there is none";
  ids.token_digit = 'b';
  EXPECT_NE(enrol(kAlice), secret);
}

// A plan that asks for a code, from the question to the start.
class StepUpVotes : public StepUpCodes {
 protected:
  StepUpVotes() {
    action("ops.move", core::Tier::mutating);
    publish();
    configure([](config::Settings& s) {
      core::Policy policy;
      policy.name = "codes";
      policy.step_up = true;
      s.policies = {policy};
    });
    says("bob", "!remediate ops.move host=web-3");
  }
  Json approve_button() const {
    for (auto it = chat.sent.rbegin(); it != chat.sent.rend(); ++it) {
      for (const auto& button : it->message.buttons) {
        if (button.id == "approve") return button.context;
      }
    }
    throw std::logic_error("there is no such button");
  }
  // On the plan's own message.
  core::ActAnswer press_approve(const core::Person& who) {
    core::Act act;
    act.id = "mm:press:" + std::to_string(++presses_);
    act.person = who;
    act.place = {"mm", "C1", ""};
    const auto refs = database.value("SELECT message_refs[1] FROM cs.approval");
    act.message_id = refs.substr(refs.rfind(':') + 1);
    act.context = approve_button();
    core::ActAnswer answered;
    desk.act(act, [&](core::ActAnswer answer) { answered = std::move(answer); });
    while (desk.run_once({})) {
    }
    return answered;
  }

 private:
  int presses_ = 0;
};

TEST_F(StepUpVotes, count_only_with_a_right_code_typed_where_nobody_reads_it) {
  EXPECT_TRUE(heard("with a one-time code"));
  says("alice", "!approve R1");
  EXPECT_TRUE(heard("press Approve, and I ask for it where nobody else can read it"));
  EXPECT_EQ(only_run().state, core::RunState::awaiting_approval);
  const auto opened = press_approve(kAlice);
  ASSERT_TRUE(opened.form);
  const auto refused = act(kAlice, core::Act::Kind::form, opened.form->context, wrong(secret));
  EXPECT_TRUE(refused.errors.contains(StepUp::kCode));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.vote"), "0");
  EXPECT_EQ(database.value("SELECT failures FROM cs.step_up"), "1") << "the wrong try is recorded";
  EXPECT_EQ(act(kAlice, core::Act::Kind::form, opened.form->context, code(secret)).tell, "");
  EXPECT_EQ(only_run().state, core::RunState::succeeded);
}

TEST_F(StepUpVotes, of_whoever_may_not_approve_cost_no_code) {
  configure([](config::Settings& s) { s.roles["sre"].members = {"mm:bob"}; });
  EXPECT_FALSE(press_approve(kAlice).form) << "there is nothing to prove";
  EXPECT_EQ(only_run().state, core::RunState::awaiting_approval);
}

TEST_F(StepUpVotes, may_deny_without_one) {
  vote(only_run().id, "alice", core::VoteChoice::deny);
  EXPECT_EQ(only_run().state, core::RunState::denied);
}

TEST_F(StepUpCodes, are_asked_for_in_a_window_that_names_the_run) {
  const core::Form form = StepUp(deps).code_form({12});
  EXPECT_EQ(form.title, "Approve R12");
  ASSERT_EQ(form.fields.size(), 1u);
  EXPECT_EQ(form.fields[0].id, "code");
  EXPECT_LE(form.title.size(), 24u);
}

}  // namespace
}  // namespace countersign::engine
