// What the chat consists of, as plain values. Times are Unix milliseconds; 0 means never.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bot/core/json.h"

namespace countersign::adapters::sandbox {

using Millis = std::int64_t;

struct Team {
  std::string id, name, display_name, invite_id;
  Millis create_at = 0;
  std::set<std::string> admins;  // user ids, besides those of the server
};

struct User {
  std::string id, username, email, first_name;
  std::string roles = "system_user";
  bool bot = false;
  std::string bot_description;
  Millis create_at = 0, update_at = 0, delete_at = 0;
  std::string status = "offline";
  bool status_manual = false;
  Millis last_activity_at = 0;
  Json preferences = Json::array();

  bool active() const { return delete_at == 0; }
  bool admin() const { return roles.find("system_admin") != std::string::npos; }
};

struct Member {
  std::string user_id;
  bool admin = false;
  Millis last_viewed_at = 0, last_update_at = 0;
  std::int64_t msg_count = 0, msg_count_root = 0, mention_count = 0, mention_count_root = 0;
};

struct Channel {
  std::string id, team_id, type, name, display_name, header, purpose, creator_id;
  Millis create_at = 0, update_at = 0, delete_at = 0, last_post_at = 0;
  std::int64_t total = 0, total_root = 0;
  std::map<std::string, Member> members;  // by user id

  bool direct() const { return type == "D"; }
};

struct Reaction {
  std::string user_id, emoji;
  Millis create_at = 0;
};

struct Post {
  std::string id, user_id, channel_id, root_id, message, type;
  std::string original_id;  // not empty: a former state of that post, kept as Mattermost keeps it
  Millis create_at = 0, update_at = 0, edit_at = 0, delete_at = 0;
  bool pinned = false;
  Json props =
      Json::object();  // attachments completed, with the `integration` that nobody is shown
  std::vector<std::string> file_ids;
  std::vector<Reaction> reactions;
  bool has_reactions = false;

  const std::string& thread() const { return root_id.empty() ? id : root_id; }
};

// How one user stands to one thread.
struct Follow {
  bool following = true;
  Millis last_viewed_at = 0;
  std::int64_t mentions = 0;
};

struct Session {
  std::string id, token, user_id, description;
  bool personal = false;  // a personal access token or a bot's; otherwise from a login
  bool enabled = true;
};

struct Hook {
  std::string id, user_id, channel_id, display_name, username;
};

// People who are called by one name: "@sre".
struct Group {
  std::string id, handle, name;
  std::vector<std::string> users;
};

struct File {
  std::string id, user_id, post_id, name, mime_type, bytes;
  std::string title;  // of Slack
  Millis create_at = 0;
};

}  // namespace countersign::adapters::sandbox
