// Each kind of message, kept as a value: what the chat adapters' own golden files are rendered
// from. None is longer than a phone's screen.
#include "bot/engine/overview.h"

#include "bot/engine/chain.h"
#include "bot/engine/narrate.h"
#include "tests/engine/stories.h"
#include "tests/support/golden.h"

namespace countersign::engine {
namespace {

void keep(const std::string& name, const core::Message& message) {
  tests::expect_golden("messages/" + name, Json(message));
  tests::expect_golden_text("engine/" + name + ".txt", core::as_text(message));
}

config::Catalog catalog() {
  config::Catalog all;
  const auto add = [&](const std::string& ref, core::Tier tier, const std::string& does,
                       const std::string& parameter) {
    core::Action& action = all.actions[ref];
    action.tier = tier;
    action.description = does;
    action.parameters.emplace_back();
    action.parameters.back().name = parameter;
    action.parameters.back().required = true;
  };
  add("ops.disk_usage", core::Tier::read_only, "Shows what fills the disks of a host.", "host");
  add("ops.rotate_logs", core::Tier::mutating, "Rotates the log files of a host.", "host");
  return all;
}

const std::vector<CommandHelp> kCommands = {
    {"remediate", "remediate [ACTION [key=value ...]]", "propose what fits this thread's alert"},
    {"approve", "approve [ID] [reason]", "vote for this thread's plan, or the one named"}};

Overview busy_day(int plans) {
  Overview o;
  o.prefix = "!";
  for (int i = 0; i < plans; ++i) {
    auto s = story(core::RunState::awaiting_approval);
    s.run.id = {12 + i};
    s.approval->run = s.run.id;
    o.open.push_back(s.run);
    o.approvals.push_back(*s.approval);
  }
  auto unknown = story(core::RunState::unknown).run;
  unknown.id = {5};
  unknown.updated_at = kNow;
  auto running = story(core::RunState::executing).run;
  running.id = {6};
  running.updated_at = kNow;
  o.open.push_back(unknown);
  o.open.push_back(running);
  o.runs = {{"succeeded", 40}, {"failed", 2}, {"awaiting_approval", plans}};
  o.events_waiting = 3;
  o.rules = 12;
  o.actions = 7;
  return o;
}

Chain chain() {
  Chain c;
  c.event.id = {7};
  c.event.source = "alerts";
  c.event.trigger = "prometheus.alert";
  c.event.received_at = kNow;
  c.event.correlation = core::CorrelationId::parse("4bf92f3577b34da6a3ce929d0e0e4736");
  c.event.body = {{"labels", {{"alertname", "DiskAlmostFull"}, {"instance", "web-3"}}}};
  c.decisions.push_back({.event = {7},
                         .rule = "ops.restart_on_disk_full",
                         .verdict = "run_created",
                         .run = {12},
                         .detail = {{"why", "matched"}, {"criteria", Json::array()}},
                         .decided_at = kNow});
  auto s = story(core::RunState::succeeded);
  auto retracted = vote(core::VoteChoice::approve);
  retracted.via = "button";
  c.runs.push_back({s.run, {{*s.approval, {retracted}}}, {}});
  c.runs[0].attempts.push_back({.attempt = 1, .phase = "intent", .at = kNow});
  c.runs[0].attempts.push_back(
      {.attempt = 1, .phase = "outcome", .outcome = "succeeded", .at = kNow});
  return c;
}

TEST(Messages, of_a_plan_and_what_becomes_of_it) {
  keep("plan", plan_message(story(core::RunState::awaiting_approval)));
  auto done = story(core::RunState::succeeded);
  done.approval->state = core::ApprovalState::consumed;
  done.votes = {vote(core::VoteChoice::approve)};
  keep("plan_done", plan_message(done));
  done.run.outcome = {{"class", "succeeded"}, {"output", "web-3: rotated 3 files\n"}};
  keep("result", result_message(done.run));
}

TEST(Messages, of_a_run_under_way_and_what_its_thread_sees_of_it) {
  auto running = story(core::RunState::executing);
  running.approval->state = core::ApprovalState::consumed;
  running.votes = {vote(core::VoteChoice::approve)};
  running.run.attempt = 1;
  keep("plan_running", plan_message(running));
  std::string output;
  for (int n = 1; n <= 14; ++n) output += "rotating app.log." + std::to_string(n) + "\n";
  keep("progress", progress_message(running.run, std::chrono::milliseconds(34'500), output));
  running.run.stop = core::StopOrder{{"mm:2", "bob"}, "wrong host"};
  keep("plan_stopping", plan_message(running));
  EXPECT_TRUE(plan_message(running).buttons.empty());
}

TEST(Messages, of_a_success_that_its_check_denies) {
  auto done = story(core::RunState::succeeded);
  done.approval->state = core::ApprovalState::consumed;
  done.votes = {vote(core::VoteChoice::approve)};
  auto check = story(core::RunState::failed).run;
  check.id = {13};
  check.parent = {12};
  check.purpose = core::Purpose::verify;
  check.action = "ops.disk_usage";
  check.outcome = {{"class", "failed"}, {"code", 1}, {"error", "exit code 1"}};
  done.check = check;
  keep("plan_check_failed", plan_message(done));
  keep("result_of_check", result_message(check));
}

TEST(Messages, of_a_refusal) {
  const auto approval = story(core::RunState::awaiting_approval).approval;
  keep("refusal", note(core::Tone::bad, refusal_words(core::VoteVerdict::requester, approval)));
}

TEST(Messages, of_the_chain_behind_a_run) { keep("why", why_message(chain())); }

TEST(Messages, of_help) {
  keep("help", help_message("!", kCommands, catalog(), {}));
  keep("help_remediate", help_message("!", kCommands, catalog(), {"remediate"}));
  EXPECT_EQ(help_message("!", kCommands, catalog(), {"!approve"}).lines.size(), 2u);
  EXPECT_NE(core::as_text(help_message("!", kCommands, catalog(), {"dance"})).find("no command"),
            std::string::npos);
  const auto narrowed =
      core::as_text(help_message("!", kCommands, catalog(), {"remediate", "disk"}));
  EXPECT_EQ(narrowed.find("rotate_logs"), std::string::npos);
}

TEST(Messages, of_the_status) {
  keep("status", status_message(busy_day(2)));
  EXPECT_NE(core::as_text(status_message({})).find("nothing is under way"), std::string::npos);
}

TEST(Messages, of_several_replicas_name_each) {
  auto o = busy_day(0);
  o.replicas = {{"ops-1:8080", "0.1.0", "mm, sl", kNow}};
  EXPECT_EQ(core::as_text(status_message(o)).find("ops-1"), std::string::npos);
  o.replicas.push_back({"ops-2:8080", "0.2.0", "", kNow});
  const auto text = core::as_text(status_message(o));
  EXPECT_NE(text.find("Replica: ops-1:8080 0.1.0, since 2026-11-18T11:06:40Z, speaks in mm, sl"),
            std::string::npos);
  EXPECT_NE(text.find("Replica: ops-2:8080 0.2.0"), std::string::npos);
}

TEST(Messages, of_the_status_say_how_sure_the_database_is_if_there_is_a_standby) {
  const auto told = [](const std::string& durability) {
    Overview o;
    o.durability = durability;
    return core::as_text(status_message(o)).find("Database: " + durability) != std::string::npos;
  };
  EXPECT_TRUE(told("sync"));
  EXPECT_TRUE(told("async"));
  EXPECT_FALSE(told("single"));
}

TEST(Messages, of_a_bad_day_still_fit_a_screen) {
  const auto m = status_message(busy_day(40));
  EXPECT_LE(m.lines.size(), Overview::kShown + 2);
  EXPECT_NE(core::as_text(m).find("… and 35 more: !pending"), std::string::npos);
  EXPECT_LE(pending_message(busy_day(40)).lines.size(), Overview::kListed + 1);
}

TEST(Messages, of_what_waits) { keep("pending", pending_message(busy_day(2))); }

}  // namespace
}  // namespace countersign::engine
