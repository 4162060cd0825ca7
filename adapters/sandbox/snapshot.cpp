#include "adapters/sandbox/snapshot.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "bot/core/digest.h"

namespace countersign::adapters::sandbox {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Team, id, name, display_name, invite_id, create_at,
                                                admins)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(User, id, username, email, first_name, roles, bot,
                                                bot_description, create_at, update_at, delete_at,
                                                last_activity_at, preferences)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Member, user_id, admin, last_viewed_at,
                                                last_update_at, msg_count, msg_count_root,
                                                mention_count, mention_count_root)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Channel, id, team_id, type, name, display_name,
                                                header, purpose, creator_id, create_at, update_at,
                                                delete_at, last_post_at, total, total_root, members)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Reaction, user_id, emoji, create_at)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Post, id, user_id, channel_id, root_id, message,
                                                type, original_id, create_at, update_at, edit_at,
                                                delete_at, pinned, props, file_ids, reactions,
                                                has_reactions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Follow, following, last_viewed_at, mentions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Session, id, token, user_id, description, personal,
                                                enabled)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Group, id, handle, name, users)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Hook, id, user_id, channel_id, display_name,
                                                username)

namespace {

constexpr int kVersion = 1;

template <class Map>
Json values(const Map& map) {
  Json list = Json::array();
  for (const auto& [key, value] : map) list.push_back(value);
  return list;
}

Json files_of(const World& world) {
  Json list = Json::array();
  for (const auto& [id, file] : world.files) {
    list.push_back({{"id", id},
                    {"user_id", file.user_id},
                    {"post_id", file.post_id},
                    {"name", file.name},
                    {"title", file.title},
                    {"mime_type", file.mime_type},
                    {"create_at", file.create_at},
                    {"base64", core::base64(file.bytes)}});
  }
  return list;
}

void read_files(World& world, const Json& list) {
  for (const Json& entry : list) {
    File file;
    file.id = entry.at("id").get<std::string>();
    file.user_id = entry.at("user_id").get<std::string>();
    file.post_id = entry.at("post_id").get<std::string>();
    file.name = entry.at("name").get<std::string>();
    file.title = entry.value("title", "");
    file.mime_type = entry.at("mime_type").get<std::string>();
    file.create_at = entry.at("create_at").get<Millis>();
    file.bytes = core::unbase64(entry.at("base64").get<std::string>()).value_or("");
    world.files.emplace(file.id, file);
  }
}

void fill(World& world, const Json& root) {
  root.at("team").get_to(world.team);
  for (const Json& user : root.at("users")) world.add_user(user.get<User>());
  for (const Json& channel : root.at("channels")) world.add_channel(channel.get<Channel>());
  for (const Json& session : root.at("sessions")) world.add_session(session.get<Session>());
  for (const Json& channel : root.at("posts")) {
    for (const Json& post : channel) world.add_post(post.get<Post>());
  }
  for (const Json& hook : root.at("hooks")) {
    world.hooks.emplace(hook.at("id").get<std::string>(), hook.get<Hook>());
  }
  for (const Json& group : root.value("groups", Json::array())) {
    world.groups.emplace(group.at("id").get<std::string>(), group.get<Group>());
  }
  root.at("follows").get_to(world.follows);
  read_files(world, root.at("files"));
}

}  // namespace

std::string to_snapshot(const World& world) {
  Json posts = Json::array();  // by channel: within one, the order they were made in matters
  for (const auto& [id, channel] : world.channels) {
    Json list = Json::array();
    for (const Post* post : world.posts_of(id)) list.push_back(*post);
    posts.push_back(std::move(list));
  }
  const Json root = {{"version", kVersion},
                     {"team", world.team},
                     {"users", values(world.users)},
                     {"channels", values(world.channels)},
                     {"sessions", values(world.sessions)},
                     {"posts", std::move(posts)},
                     {"hooks", values(world.hooks)},
                     {"groups", values(world.groups)},
                     {"follows", world.follows},
                     {"files", files_of(world)}};
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<void> from_snapshot(World& world, const std::string& text) {
  try {
    const Json root = Json::parse(text);
    if (root.at("version").get<int>() != kVersion) {
      return invalid("a snapshot of another version");
    }
    fill(world, root);
    return {};
  } catch (const Json::exception& broken) {
    return invalid(std::string("not a snapshot: ") + broken.what());
  }
}

Result<void> write_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  // Tokens and the contexts of buttons are in it: nobody else's to read.
  std::error_code ignored;
  using std::filesystem::perms;
  std::filesystem::permissions(beside, perms::owner_read | perms::owner_write, ignored);
  out << text;
  out.close();
  if (!out) return unavailable("cannot write " + beside);
  std::error_code failed;
  std::filesystem::rename(beside, path, failed);
  if (failed) return unavailable("cannot rename " + beside + ": " + failed.message());
  return {};
}

Result<std::string> read_file(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return std::string();
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return unavailable("cannot read " + path);
  return text.str();
}

}  // namespace countersign::adapters::sandbox
