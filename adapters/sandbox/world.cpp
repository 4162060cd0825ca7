#include "adapters/sandbox/world.h"

#include <algorithm>

namespace countersign::adapters::sandbox {
namespace {

constexpr std::size_t kTimeDigits = 16;  // of seconds and microseconds

template <class Map>
auto* find_in(Map& map, std::string_view key) {
  const auto at = map.find(key);
  return at == map.end() ? nullptr : &at->second;
}

}  // namespace

World::World(std::string seed, Clock clock, IdStyle style)
    : ids(std::move(seed), style), clock_(std::move(clock)) {}

Millis World::now() {
  latest_ = std::max(latest_, clock_());
  return latest_;
}

User* World::user(std::string_view id) { return find_in(users, id); }

User* World::user_named(std::string_view username) {
  const auto at = std::ranges::find_if(
      users, [&](const auto& entry) { return entry.second.username == username; });
  return at == users.end() ? nullptr : &at->second;
}

User* World::user_called(std::string_view id_or_username) {
  User* const found = user(id_or_username);
  return found ? found : user_named(id_or_username);
}

Channel* World::channel(std::string_view id) { return find_in(channels, id); }

Channel* World::channel_named(std::string_view name) {
  const auto at = std::ranges::find_if(channels, [&](const auto& entry) {
    return entry.second.name == name && !entry.second.direct();
  });
  return at == channels.end() ? nullptr : &at->second;
}

Post* World::post(std::string_view id) { return find_in(posts, id); }

Post* World::live_post(std::string_view id) {
  Post* const found = post(id);
  return found && found->delete_at == 0 ? found : nullptr;
}

Session* World::session(std::string_view token) {
  Session* const found = find_in(sessions, token);
  if (!found || !found->enabled) return nullptr;
  const User* const owner = user(found->user_id);
  return owner && owner->active() ? found : nullptr;
}

User& World::add_user(User user) {
  if (user.id.empty()) user.id = ids.named("user " + user.username);
  // The name may be one that somebody gave up.
  if (users.contains(user.id)) user.id = ids.fresh("user");
  if (user.create_at == 0) user.create_at = user.update_at = now();
  if (user.email.empty()) user.email = user.username + (user.bot ? "@localhost" : "@example.test");
  const std::string id = user.id;
  return users.insert_or_assign(id, std::move(user)).first->second;
}

Channel& World::add_channel(Channel channel) {
  if (channel.id.empty()) channel.id = ids.fresh(channel.direct() ? "direct" : "channel");
  if (channel.create_at == 0) channel.create_at = channel.update_at = now();
  if (channel.last_post_at == 0) channel.last_post_at = channel.create_at;
  const std::string id = channel.id;
  return channels.insert_or_assign(id, std::move(channel)).first->second;
}

Member& World::add_member(Channel& channel, const std::string& user_id, bool admin) {
  Member member;
  member.user_id = user_id;
  member.admin = admin;
  member.last_update_at = now();
  return channel.members.try_emplace(user_id, std::move(member)).first->second;
}

Session& World::add_session(Session session) {
  if (session.id.empty()) session.id = ids.fresh();
  if (session.token.empty()) session.token = ids.fresh();
  const std::string token = session.token;
  return sessions.insert_or_assign(token, std::move(session)).first->second;
}

// Former states are listed with their channel, but are nobody's replies.
Post& World::add_post(Post post) {
  if (post.id.empty()) post.id = new_post_id();
  const std::string id = post.id;
  Post& kept = posts.insert_or_assign(id, std::move(post)).first->second;
  by_channel_[kept.channel_id].push_back(&kept);
  if (!kept.root_id.empty() && kept.original_id.empty()) by_root_[kept.root_id].push_back(&kept);
  return kept;
}

// Named by both ids in order, so that either of the two finds the same.
Channel& World::direct_channel(const std::string& a, const std::string& b, bool& created) {
  const std::string name = std::min(a, b) + "__" + std::max(a, b);
  const auto at = std::ranges::find_if(channels, [&](const auto& entry) {
    return entry.second.direct() && entry.second.name == name;
  });
  created = at == channels.end();
  if (!created) return at->second;
  Channel channel;
  channel.type = "D";
  channel.name = name;
  channel.creator_id = a;
  Channel& kept = add_channel(std::move(channel));
  add_member(kept, a);
  add_member(kept, b);
  return kept;
}

bool World::is_member(const Channel& channel, const std::string& user_id) const {
  return channel.members.contains(user_id);
}

// Open channels may be read without joining, but not written to.
bool World::can_read(const Channel& channel, const User& user) const {
  return channel.type == "O" || user.admin() || is_member(channel, user.id);
}

bool World::can_write(const Channel& channel, const User& user) const {
  return user.admin() || is_member(channel, user.id);
}

const std::vector<Post*>& World::posts_of(const std::string& channel_id) const {
  static const std::vector<Post*> kNone;
  const auto* const found = find_in(by_channel_, channel_id);
  return found ? *found : kNone;
}

std::vector<Post*> World::replies(const std::string& root_id) {
  std::vector<Post*> live;
  if (const auto* const found = find_in(by_root_, root_id)) {
    std::ranges::copy_if(*found, std::back_inserter(live),
                         [](const Post* reply) { return reply->delete_at == 0; });
  }
  return live;
}

std::string World::new_post_id() {
  if (ids.style() == IdStyle::mattermost) return ids.fresh();
  std::string id;
  do {
    latest_post_ = std::max(latest_post_ + 1, now() * 1000);
    id = std::to_string(latest_post_);
    id.insert(0, kTimeDigits - std::min(kTimeDigits, id.size()), '0');
  } while (post(id));
  return id;
}

std::int64_t World::reply_count(const Post& post) {
  return static_cast<std::int64_t>(replies(post.thread()).size());
}

}  // namespace countersign::adapters::sandbox
