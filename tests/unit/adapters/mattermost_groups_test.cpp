#include <set>

#include "tests/unit/adapters/mattermost_fixture.h"

namespace countersign::adapters::mattermost {
namespace {

using Names = std::set<std::string>;

class MattermostGroups : public MattermostAdapterTest {
 protected:
  Names members(const std::string& group) {
    const auto people = adapter_->find_group(group);
    EXPECT_TRUE(people.ok()) << people.error().message;
    Names names;
    for (const auto& person : people.ok() ? *people : std::vector<core::Person>{})
      names.insert(person.name);
    return names;
  }
  void put(const std::string& path, const Json& body) {
    chat_.ok("admin", "PUT", "/api/v4/" + path, body);
  }
  void make_channel_admin(const std::string& channel, const std::string& user, bool admin = true) {
    put("channels/" + chat_.channel(channel) + "/members/" + user + "/schemeRoles",
        {{"scheme_user", true}, {"scheme_admin", admin}});
  }
  void make_team_admin(const std::string& user, bool admin = true) {
    put("teams/" + chat_.info.team_id + "/members/" + user + "/schemeRoles",
        {{"scheme_user", true}, {"scheme_admin", admin}});
  }
  std::string add(const std::string& name, const char* kind) {
    return chat_.ok("", "POST", "/control/users", {{"username", name}, {kind, true}})
        .at("id")
        .get<std::string>();
  }
};

TEST_F(MattermostGroups, a_group_is_who_is_in_a_private_channel_T34) {
  const auto group = adapter_->find_group("#ops-prod");
  ASSERT_TRUE(group.ok()) << group.error().message;
  std::vector<std::string> names;
  for (const auto& person : *group) names.push_back(person.name);
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"alice", "bob"}));
  // I16, T35: asked anew, no event tells of it.
  chat_.ok("bob", "DELETE",
           "/api/v4/channels/" + chat_.channel("ops-prod") + "/members/" + chat_.id("bob"));
  EXPECT_EQ(adapter_->find_group("#ops-prod")->size(), 1U);
  chat_.ok("admin", "PUT", "/api/v4/users/" + chat_.id("alice") + "/active", {{"active", false}});
  EXPECT_EQ(adapter_->find_group("#ops-prod")->size(), 0U);
}

TEST_F(MattermostGroups, the_admins_of_a_channel_may_be_named_even_where_anybody_can_join) {
  EXPECT_EQ(members("#ops@admins"), Names{"admin"});
  EXPECT_EQ(members("#ops-prod@admins"), Names{});
  make_channel_admin("ops", chat_.id("alice"));
  EXPECT_EQ(members("#ops@admins"), (Names{"admin", "alice"}));
  make_channel_admin("ops", chat_.id("alice"), false);  // T35: asked anew, no event tells of it
  EXPECT_EQ(members("#ops@admins"), Names{"admin"});
}

TEST_F(MattermostGroups, admins_of_the_team_are_not_those_of_the_server) {
  make_team_admin(chat_.id("bob"));
  EXPECT_EQ(members("@team-admins"), (Names{"admin", "bob"}));
  EXPECT_EQ(members("@system-admins"), Names{"admin"});
  make_team_admin(chat_.id("bob"), false);
  EXPECT_EQ(members("@team-admins"), Names{"admin"});
}

TEST_F(MattermostGroups, guests_bots_and_deactivated_people_are_nobody_as_admins_either_T34) {
  for (const auto& id : {add("guest", "guest"), add("robot", "bot"), chat_.id("bob")}) {
    make_channel_admin("ops", id);
    make_team_admin(id);
  }
  put("users/" + chat_.id("bob") + "/active", {{"active", false}});
  for (const char* group : {"#ops@admins", "@team-admins", "@system-admins"})
    EXPECT_EQ(members(group), Names{"admin"}) << group;
}

TEST_F(MattermostGroups, a_group_that_anybody_can_join_is_none) {
  const auto open = adapter_->find_group("#ops");
  EXPECT_EQ(open.error().kind, ErrorKind::invalid);
  EXPECT_NE(open.error().message.find("anybody can join"), std::string::npos);
  EXPECT_NE(open.error().message.find("#ops@admins"), std::string::npos);
  EXPECT_EQ(adapter_->find_group("#nowhere@admins").error().kind, ErrorKind::not_found);
  const auto licensed = adapter_->find_group("@sre");
  for (const char* word : {"licence", "#name@admins", "@team-admins", "@system-admins"})
    EXPECT_NE(licensed.error().message.find(word), std::string::npos) << word;
  EXPECT_EQ(adapter_->find_group("#nowhere").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace countersign::adapters::mattermost
