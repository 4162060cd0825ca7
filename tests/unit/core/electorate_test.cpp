// Who counts for what: groups with people of their own, escalation, stand-ins, teams.
#include "bot/core/electorate.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

const Instant kNow = Instant(std::chrono::seconds(1'800'000'000));
using Names = std::vector<std::string>;

Elector elector(const std::string& name, const std::vector<std::string>& roles) {
  Elector out{{name, name}, {}};
  for (const auto& role : roles) out.seats.push_back({role});
  return out;
}

// alice and bob are sre, carol is a manager, dora is both.
Electorate people() {
  Electorate out;
  out.people = {elector("alice", {"sre"}), elector("bob", {"sre"}), elector("carol", {"managers"}),
                elector("dora", {"managers", "sre"})};
  return out;
}

Demand sre_and_manager() {
  Demand out;
  out.clauses = {{"policy production", {{{"sre"}, 1}, {{"managers"}, 1}}, {}}};
  return out;
}

class Counting : public testing::Test {
 protected:
  Count count(Duration waited = {}) { return {demand, electorate, excluded, waited, kNow}; }
  std::string missing(const Names& agreed, Duration waited = {}) {
    std::string out;
    for (const Gap& gap : count(waited).gaps(agreed))
      out += (out.empty() ? "" : "; ") + words(gap.group);
    return out;
  }
  Demand demand = sre_and_manager();
  Electorate electorate = people();
  Names excluded;
};

TEST_F(Counting, fills_every_group_with_people_of_its_own) {
  EXPECT_EQ(missing({}), "1 of sre; 1 of managers");
  EXPECT_EQ(missing({"alice"}), "1 of managers");
  EXPECT_EQ(missing({"alice", "bob"}), "1 of managers");
  EXPECT_EQ(missing({"alice", "carol"}), "");
}

TEST_F(Counting, seats_nobody_twice_and_moves_people_where_that_helps) {
  EXPECT_EQ(missing({"dora"}), "1 of managers") << "one person is one, whatever roles it has";
  EXPECT_EQ(missing({"dora", "alice"}), "");
  EXPECT_EQ(missing({"dora", "carol"}), "") << "dora sits with the sre although she came first";
}

TEST_F(Counting, lets_the_same_people_meet_the_demand_of_another_source) {
  demand.clauses.push_back({"tier high_impact", {{{"managers", "sre"}, 2}}, {}});
  EXPECT_EQ(missing({"alice", "carol"}), "");
  demand.clauses.back().groups.front().count = 3;
  EXPECT_EQ(missing({"alice", "carol"}), "1 of managers or sre");
  EXPECT_EQ(demand.people(), 3);
}

TEST_F(Counting, leaves_out_whoever_asked_under_four_eyes_T33) {
  excluded = {"alice"};
  EXPECT_FALSE(count().may("alice"));
  EXPECT_EQ(missing({"alice", "carol"}), "1 of sre");
}

TEST_F(Counting, knows_nobody_without_a_role_T34) {
  EXPECT_FALSE(count().may("eve"));
  electorate.people.push_back(elector("gus", {"guests"}));
  EXPECT_FALSE(count().may("gus"));
}

TEST_F(Counting, asks_others_only_once_it_escalated) {
  demand.clauses.front().escalation = Escalation{std::chrono::minutes(8), {"directors"}, {}};
  electorate.people.push_back(elector("dan", {"directors"}));
  EXPECT_FALSE(count(std::chrono::minutes(8) - Duration(1)).may("dan"));
  EXPECT_TRUE(count(std::chrono::minutes(8)).may("dan"));
  EXPECT_EQ(missing({"alice", "dan"}, std::chrono::minutes(9)), "");
}

TEST_F(Counting, lets_a_stand_in_count_for_a_while_and_not_beside_whom_it_stands_in_for) {
  auto dave = elector("dave", {});
  dave.seats = {{"sre", "alice", kNow, kNow + std::chrono::hours(1)}};
  electorate.people.push_back(dave);
  EXPECT_EQ(missing({"dave", "carol"}), "");
  demand.clauses.front().groups.front().count = 2;
  EXPECT_EQ(missing({"dave", "alice", "carol"}), "1 of sre") << "that is one voice";
  EXPECT_EQ(missing({"dave", "bob", "carol"}), "");
  excluded = {"alice"};
  EXPECT_FALSE(count().may("dave")) << "alice asked for it: nobody says yes in her place";
  excluded = {};
  electorate.people.back().seats.front().until = kNow;
  EXPECT_FALSE(count().may("dave")) << "over";
  electorate.people.back().seats.front() = {"sre", "alice", kNow + Duration(1), Instant::max()};
  EXPECT_FALSE(count().may("dave")) << "not yet";
}

TEST_F(Counting, tells_teams_apart) {
  electorate.teams = {{"alice", "web"}, {"bob", "web"}, {"carol", "db"}};
  EXPECT_TRUE(count().teams_apart({"alice", "carol"}));
  EXPECT_FALSE(count().teams_apart({"alice", "bob"}));
  EXPECT_FALSE(count().teams_apart({"alice", "dora"}))
      << "who is of no team is not known to be of another";
}

TEST(Quiet, hours_may_go_over_midnight) {
  const QuietHours night{22 * 60, 7 * 60, "UTC"};
  EXPECT_EQ(quiet_for(night, 21 * 60 + 59).count(), 0);
  EXPECT_EQ(quiet_for(night, 22 * 60).count(), 9 * 60);
  EXPECT_EQ(quiet_for(night, 60).count(), 6 * 60);
  EXPECT_EQ(quiet_for(night, 7 * 60).count(), 0);
  EXPECT_EQ(quiet_for({60, 60, "UTC"}, 60).count(), 0) << "an empty span";
}

TEST(Demands, come_back_from_their_json) {
  auto d = sre_and_manager();
  d.clauses.front().escalation =
      Escalation{std::chrono::minutes(8), {"directors"}, {{"mm", "#managers"}, {"", "#ops"}}};
  d.four_eyes = d.separate_teams = d.step_up = true;
  d.expires_in = std::chrono::minutes(15);
  d.cooldown = std::chrono::minutes(2);
  d.remind_after = std::chrono::minutes(5);
  d.quiet = QuietHours{1320, 420, "Europe/Berlin"};
  EXPECT_EQ(Json(d).get<Demand>(), d);
  EXPECT_EQ(Json(Demand{}).get<Demand>(), Demand{});
}

TEST(Demands, say_what_is_said_about_them_in_the_order_of_time) {
  auto d = sre_and_manager();
  d.clauses.push_back(d.clauses.front());
  d.clauses[0].escalation = Escalation{std::chrono::minutes(8), {"directors"}, {}};
  d.clauses[1].escalation = Escalation{std::chrono::minutes(4), {"directors"}, {}};
  d.remind_after = std::chrono::minutes(5);
  const auto all = notices(d);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].clause, 1u);
  EXPECT_EQ(all[1].kind, Notice::Kind::reminder);
  EXPECT_EQ(all[2].clause, 0u);
}

TEST(Demands, tell_their_differences_in_words) {
  const auto before = sre_and_manager();
  auto after = before;
  EXPECT_TRUE(differences(before, after).empty());
  after.clauses.front().groups.front().count = 2;
  after.step_up = true;
  EXPECT_EQ(differences(before, after),
            (std::vector<std::string>{
                "who has to agree: 1 of sre and 1 of managers -> 2 of sre and 1 of managers",
                "step_up: false -> true"}));
}

}  // namespace
}  // namespace countersign::core
