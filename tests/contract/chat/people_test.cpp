// Who is meant by what the configuration says, and what the doctor is told.
#include <algorithm>
#include <set>

#include "tests/contract/chat/contract.h"

namespace countersign::contract {
namespace {

using Level = core::Finding::Level;
using Keys = std::set<std::string>;

Keys keys(const Result<std::vector<core::Person>>& people) {
  EXPECT_TRUE(people.ok()) << people.error().message;
  Keys out;
  if (people.ok()) {
    for (const auto& person : *people) out.insert(person.key);
  }
  return out;
}

TEST_P(ChatContract, a_person_is_found_by_name_and_by_id) {
  const auto key = chat_->key("alice");
  for (const auto& written :
       {std::string("alice"), std::string("@alice"), key.substr(key.find(':') + 1)}) {
    const auto found = bot().find_person(written);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(*found, (core::Person{key, "alice"})) << written;
  }
}

TEST_P(ChatContract, T32_a_name_is_whose_it_is_now) {
  start();
  const auto bob = chat_->key("bob");
  ASSERT_EQ(bot().find_person("bob")->key, bob);
  chat_->rename("bob", "robert");
  restart();
  EXPECT_EQ(bot().find_person("robert")->key, bob);
  EXPECT_FALSE(bot().find_person("bob").ok());
}

TEST_P(ChatContract, nobody_is_found_by_a_name_that_nobody_has) {
  const auto found = bot().find_person("nobody");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::not_found);
  EXPECT_TRUE(contains(found.error().message, "nobody"));
}

TEST_P(ChatContract, who_cannot_be_asked_for_now_is_not_declared_missing) {
  chat_->set_down(true);
  const auto found = bot().find_person("alice");
  if (bot().name() == "fake") GTEST_SKIP() << "the double knows everybody by heart";
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::unavailable);
}

TEST_P(ChatContract, T35_a_group_is_its_people_of_this_moment) {
  EXPECT_EQ(keys(bot().find_group(chat_->group())), (Keys{chat_->key("alice"), chat_->key("bob")}));
  chat_->let_in("carol");
  EXPECT_EQ(keys(bot().find_group(chat_->group())),
            (Keys{chat_->key("alice"), chat_->key("bob"), chat_->key("carol")}));
}

TEST_P(ChatContract, T34_guests_outsiders_and_bots_are_nobody_in_a_group) {
  const std::map<std::string, Platform::Kind> others = {{"guest", Platform::Kind::guest},
                                                        {"outsider", Platform::Kind::outsider},
                                                        {"robot", Platform::Kind::bot}};
  for (const auto& [who, kind] : others) {
    chat_->add(who, kind);
    chat_->let_in(who);
    EXPECT_EQ(keys(bot().find_group(chat_->group())),
              (Keys{chat_->key("alice"), chat_->key("bob")}))
        << who;
  }
}

TEST_P(ChatContract, a_group_that_does_not_exist_is_named) {
  const auto group = bot().find_group(chat_->no_group());
  ASSERT_FALSE(group.ok());
  EXPECT_EQ(group.error().kind, ErrorKind::not_found);
  EXPECT_TRUE(contains(group.error().message, chat_->no_group()));
}

TEST_P(ChatContract, a_channel_that_anybody_may_join_is_no_group) {
  const auto group = bot().find_group("#ops");
  ASSERT_FALSE(group.ok());
  EXPECT_EQ(group.error().kind, ErrorKind::invalid);
}

TEST_P(ChatContract, the_doctor_finds_nothing_bad_where_nothing_is) {
  const auto findings = bot().check({"#ops", "#ops-prod"}, {});
  EXPECT_FALSE(findings.empty());
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.level, Level::good) << finding.what << ": " << finding.mend;
    EXPECT_NE(finding.what, "");
  }
  EXPECT_EQ(count("robe"), 0u);  // what it tries leaves nothing behind
}

TEST_P(ChatContract, the_doctor_names_a_channel_that_cannot_be_used_and_what_to_do) {
  const auto findings = bot().check({"#ops", "#nowhere"}, {});
  const auto bad = std::ranges::find(findings, Level::bad, &core::Finding::level);
  ASSERT_NE(bad, findings.end());
  EXPECT_TRUE(contains(bad->what, "#nowhere")) << bad->what;
  EXPECT_NE(bad->mend, "");
}

TEST_P(ChatContract, the_doctor_says_when_the_chat_cannot_be_reached) {
  chat_->set_down(true);
  const auto findings = bot().check({"#ops"}, {});
  const auto bad = std::ranges::find(findings, Level::bad, &core::Finding::level);
  ASSERT_NE(bad, findings.end());
  EXPECT_NE(bad->mend, "");
}

}  // namespace
}  // namespace countersign::contract
