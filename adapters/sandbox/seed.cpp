#include "adapters/sandbox/seed.h"

#include <algorithm>
#include <array>

namespace countersign::adapters::sandbox {
namespace {

constexpr std::string_view kSeeded = "sandbox";
constexpr std::string_view kBot = "countersign";
constexpr std::array<std::string_view, 4> kPeople = {"admin", "alice", "bob", "carol"};

struct SeedChannel {
  std::string_view name, type;
  std::string_view purpose;
  std::array<std::string_view, 5> members;
};
constexpr SeedChannel kChannels[] = {
    {"ops", "O", "Alerts, plans and what came of them", {"admin", "alice", "bob", "carol", kBot}},
    {"ops-prod", "P", "Production only", {"alice", "bob", kBot}},
};
// What Slack has besides: a channel that the bot is not in, and groups that may be named as one.
constexpr SeedChannel kRandom = {
    "random", "O", "Everything else", {"admin", "alice", "bob", "carol"}};
struct SeedGroup {
  std::string_view handle, name;
  std::array<std::string_view, 2> members;
};
constexpr SeedGroup kGroups[] = {{"sre", "Site reliability", {"alice", "bob"}},
                                 {"managers", "Managers", {"carol"}}};

void add_token(World& world, const User& user) {
  Session session;
  session.id = world.ids.named("session " + user.id);
  session.token = world.ids.named("token " + user.id);
  session.user_id = user.id;
  session.description = kSeeded;
  session.personal = true;
  world.add_session(std::move(session));
}

// Found by id, not by name: somebody renamed is still there.
void add_if_new(World& world, User user) {
  if (world.user(world.ids.named("user " + user.username))) return;
  add_token(world, world.add_user(std::move(user)));
}

void add_if_new(World& world, const SeedChannel& wanted) {
  const std::string id = world.ids.named("channel " + std::string(wanted.name));
  if (world.channel(id)) return;
  Channel channel;
  channel.id = id;
  channel.team_id = world.team.id;
  channel.type = wanted.type;
  channel.name = channel.display_name = wanted.name;
  channel.purpose = wanted.purpose;
  channel.creator_id = world.user_named("admin")->id;
  Channel& kept = world.add_channel(std::move(channel));
  for (const std::string_view name : wanted.members) {
    if (name.empty()) continue;
    world.add_member(kept, world.user_named(name)->id, name == "admin");
  }
}

void add_if_new(World& world, const SeedGroup& wanted) {
  Group group;
  group.id = world.ids.named("group " + std::string(wanted.handle));
  group.handle = wanted.handle;
  group.name = wanted.name;
  for (const std::string_view name : wanted.members) {
    if (!name.empty()) group.users.push_back(world.ids.named("user " + std::string(name)));
  }
  world.groups.try_emplace(group.id, group);
}

}  // namespace

std::string seeded_token(const World& world, const std::string& user_id) {
  const auto at = std::ranges::find_if(world.sessions, [&](const auto& entry) {
    return entry.second.user_id == user_id && entry.second.description == kSeeded;
  });
  return at == world.sessions.end() ? "" : at->first;
}

User& add_person(World& world, const std::string& username, const std::string& roles) {
  User person;
  person.username = username;
  person.roles = roles;
  User& kept = world.add_user(std::move(person));
  add_token(world, kept);
  for (auto& [id, channel] : world.channels) {
    if (channel.type == "O") world.add_member(channel, kept.id);
  }
  return kept;
}

void seed(World& world) {
  world.team.id = world.ids.named("team acme");
  world.team.name = "acme";
  world.team.display_name = "Acme";
  world.team.invite_id = world.ids.named("invite acme");
  if (world.team.create_at == 0) world.team.create_at = world.now();
  for (const std::string_view name : kPeople) {
    User person;
    person.username = name;
    if (name == "admin") person.roles = "system_admin system_user";
    add_if_new(world, std::move(person));
  }
  User bot;
  bot.username = kBot;
  bot.bot = true;
  bot.first_name = "Countersign";
  bot.bot_description = "remediation bot";
  add_if_new(world, std::move(bot));
  for (const SeedChannel& channel : kChannels) add_if_new(world, channel);
  if (world.ids.style() != IdStyle::slack) return;
  add_if_new(world, kRandom);
  for (const SeedGroup& group : kGroups) add_if_new(world, group);
}

}  // namespace countersign::adapters::sandbox
