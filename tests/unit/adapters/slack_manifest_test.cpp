#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/slack/manifest.h"
#include "adapters/slack/scopes.h"
#include "tests/support/golden.h"

namespace countersign::adapters::slack {
namespace {

bool holds(const Json& list, const std::string& entry) {
  return std::ranges::find(list, Json(entry)) != list.end();
}

TEST(SlackManifest, names_every_scope_that_a_method_or_event_of_the_adapter_needs) {
  const auto scopes = manifest({}).at("oauth_config").at("scopes").at("bot");
  for (const auto* needed :
       {"app_mentions:read", "channels:history", "groups:history", "im:history",  // events, history
        "channels:read", "groups:read", "im:read",  // conversations.list, info
        "chat:write",                               // post, update, ephemeral
        "im:write",                                 // conversations.open
        "users:read", "users:read.email",           // info, list, lookupByEmail
        "usergroups:read", "reactions:read", "files:write", "commands"})
    EXPECT_TRUE(holds(scopes, needed)) << needed;
  EXPECT_EQ(scopes.size(), bot_scopes().size());
  for (const auto& scope : bot_scopes()) EXPECT_NE(use_of_scope(scope), use_of_scope("none"));
}

TEST(SlackManifest, subscribes_to_what_the_listener_hears) {
  const auto made = manifest({});
  const auto events = made.at("settings").at("event_subscriptions").at("bot_events");
  for (const auto* needed : {"app_mention", "message.channels", "message.groups", "message.im",
                             "reaction_added", "reaction_removed"})
    EXPECT_TRUE(holds(events, needed)) << needed;
  EXPECT_EQ(made.at("settings").at("socket_mode_enabled"), true);
  EXPECT_EQ(made.at("settings").at("interactivity").at("is_enabled"), true);
  // The parser of commands undoes the escaping.
  EXPECT_EQ(made.at("features").at("slash_commands")[0].at("should_escape"), true);
}

TEST(SlackManifest, takes_the_names_it_is_given) {
  const auto made = manifest({"Ops \"Bot\"", "opsbot", "/ops"});
  EXPECT_EQ(made.at("display_information").at("name"), "Ops \"Bot\"");
  EXPECT_EQ(made.at("features").at("bot_user").at("display_name"), "opsbot");
  EXPECT_EQ(made.at("features").at("slash_commands")[0].at("command"), "/ops");
}

TEST(SlackManifest, is_the_same_as_yaml) {
  tests::expect_golden_text("slack/manifest.yaml", manifest_yaml({}));
}

}  // namespace
}  // namespace countersign::adapters::slack
