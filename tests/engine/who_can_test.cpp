// !who-can, and what it is made from.
#include "bot/engine/who_can.h"

#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using core::Tier;

class WhoCan : public House {
 protected:
  WhoCan() {
    action("ops.rotate", Tier::mutating);
    action("ops.failover", Tier::high_impact);
    add(rule("disk", "ops.rotate"));
    settings = &change.settings;
    settings->roles["managers"] = {"managers", {"mm:carol"}, {}};
  }
  void in_force() {
    current.set(std::make_shared<Snapshot>(change));
    publish();
  }
  void policy(const std::string& name, const std::function<void(core::Policy&)>& say) {
    core::Policy one;
    one.name = name;
    say(one);
    settings->policies.push_back(one);
  }
  std::string answer(const std::string& who, const std::string& text) {
    in_force();
    command(who, text);
    settle();
    return said().empty() ? "" : said().back();
  }
  static bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
  Outlook outlook(const Inquiry& inquiry) {
    in_force();
    now = current.get();
    const auto found = look_ahead(*now, inquiry);
    if (!found) throw std::runtime_error(found.error().message);
    return *found;
  }
  std::string why_not(const Inquiry& inquiry) {
    in_force();
    now = current.get();
    const auto found = look_ahead(*now, inquiry);
    return found ? "" : found.error().message;
  }

  Snapshot change = *current.get();
  config::Settings* settings = nullptr;
  std::shared_ptr<const Snapshot> now;
};

TEST_F(WhoCan, names_the_people_and_says_whether_you_count_to_you_alone) {
  policy("big", [](core::Policy& p) {
    p.scope.tiers = {Tier::high_impact};
    p.groups = {{{"managers"}, 1}};
    p.escalation = core::Escalation{std::chrono::minutes(8), {"sre"}, {}};
    p.step_up = true;
  });
  const auto text = answer("alice", "!who-can ops.failover host=db-1");
  for (const char* part :
       {"ops.failover (high_impact) needs the approval of 2 people", "alice", "bob",
        "1 of managers: ", "carol", "(policy big)", "after 8m also sre", "not whoever asks for it",
        "with a one-time code", "expires after 15m", "You count, unless you ask for it yourself."})
    EXPECT_TRUE(holds(text, part)) << part << "\n" << text;
  EXPECT_EQ(chat.sent.back().op, core::Outgoing::Op::tell);
  EXPECT_TRUE(holds(answer("dave", "!who-can ops.failover host=db-1"), "You do not count."));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "0");
}

TEST_F(WhoCan, counts_the_targets_that_the_parameters_name) {
  policy("databases", [](core::Policy& p) {
    p.scope.targets = {"db-*"};
    p.groups = {{{"managers"}, 1}};
  });
  EXPECT_TRUE(holds(answer("alice", "!who-can rotate host=db-1"), "policy databases"));
  EXPECT_FALSE(holds(answer("alice", "!who-can rotate host=web-1"), "policy databases"));
  const auto unknown = answer("alice", "!who-can rotate");
  EXPECT_FALSE(holds(unknown, "policy databases"));
  EXPECT_TRUE(holds(unknown, "Name its parameters")) << unknown;
  // More than the blast radius allows are of the next tier.
  EXPECT_TRUE(holds(answer("alice", "!who-can rotate host=a,b,c,d,e,f"), "(high_impact)"));
}

TEST_F(WhoCan, says_what_it_did_not_understand) {
  EXPECT_TRUE(holds(answer("alice", "!who-can"), "Which action?"));
  EXPECT_TRUE(holds(answer("alice", "!who-can ops.rotat"), "Did you mean ops.rotate?"));
  EXPECT_TRUE(holds(answer("alice", "!who-can ops.rotate hst=x"), "hst"));
  EXPECT_TRUE(holds(answer("alice", "!who-can ops.rotate web-1"), "web-1"));
}

TEST_F(WhoCan, knows_stand_ins_teams_and_later_electors) {
  using namespace std::chrono_literals;
  policy("big", [](core::Policy& p) {
    p.scope.actions = {"ops.failover"};
    p.groups = {{{"managers"}, 1}};
    p.escalation = core::Escalation{8min, {"leads"}, {}};
    p.separate_teams = true;
  });
  settings->tiers[Tier::high_impact].approvals = 0;
  const auto what = outlook({"ops.failover", {{"host", "db-1"}}, "", ""});
  const core::Instant at{100h};
  core::Electorate electorate;
  electorate.people = {
      {{"mm:carol", "carol"}, {{.role = "managers"}}},
      {{"mm:dave", "dave"}, {{.role = "managers", .holder = "mm:carol", .until = at + 1h}}},
      {{"mm:erin", "erin"}, {{.role = "managers", .holder = "mm:carol", .until = at}}},
      {{"mm:lea", "lea"}, {{.role = "leads"}}}};
  electorate.teams = {{"mm:carol", "db"}, {"mm:dave", "web"}, {"mm:lea", "web"}};
  electorate.silent = "mm:#leads: it does not answer";
  const auto told = [&](const std::string& key) {
    return core::as_text(who_can_message(*now, what, electorate, {key, key}, at));
  };
  const auto text = told("mm:dave");
  EXPECT_TRUE(holds(text, "dave for carol")) << text;
  EXPECT_FALSE(holds(text, "erin")) << text;
  EXPECT_TRUE(holds(text, "mm:#leads: it does not answer")) << text;
  EXPECT_TRUE(holds(text, "each of another team")) << text;
  EXPECT_TRUE(holds(text, "You count, unless")) << text;
  EXPECT_TRUE(holds(told("mm:lea"), "You count later, once it is escalated")) << told("mm:lea");
  EXPECT_TRUE(holds(told("mm:erin"), "You do not count."));
  electorate.teams.clear();
  EXPECT_TRUE(holds(told("mm:dave"), "you are of no team"));
}

TEST_F(WhoCan, a_long_group_is_cut_short) {
  const auto what = outlook({"ops.rotate", {{"host", "web-1"}}, "", ""});
  core::Electorate electorate;
  for (int i = 0; i < 20; ++i) {
    const auto name = "person" + std::to_string(i);
    electorate.people.push_back({{"mm:" + name, name}, {{.role = "sre"}}});
  }
  const auto text = core::as_text(who_can_message(*now, what, electorate, {"mm:x", "x"}, {}));
  EXPECT_TRUE(holds(text, "person7 and 12 more")) << text;
}

TEST_F(WhoCan, a_look_ahead_names_rules_that_do_not_exist_or_do_not_fit) {
  EXPECT_EQ(outlook({"rotate", Json::object(), "ops.disk", "staging"}).rule->ref(), "ops.disk");
  EXPECT_EQ(why_not({"rotate", Json::object(), "ops.dsk", ""}),
            "There is no rule ops.dsk. Did you mean ops.disk?");
  EXPECT_EQ(why_not({"failover", Json::object(), "ops.disk", ""}),
            "Rule ops.disk is for ops.rotate, not for ops.failover.");
}

TEST_F(WhoCan, a_look_ahead_takes_the_environment_it_is_told) {
  policy("production", [](core::Policy& p) {
    p.scope.environments = {"production"};
    p.groups = {{{"managers"}, 1}};
  });
  EXPECT_EQ(outlook({"rotate", Json::object(), "", "staging"}).why.fitting.size(), 0U);
  EXPECT_EQ(outlook({"rotate", Json::object(), "", "Production"}).why.fitting.size(), 1U);
  EXPECT_EQ(outlook({"rotate", Json::object(), "", ""}).why.fitting.size(), 1U);
}

}  // namespace
}  // namespace countersign::engine
