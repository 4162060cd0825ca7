// The whole chat as one value with look-ups. No sockets, no events; used on the io thread only.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sandbox/ids.h"
#include "adapters/sandbox/model.h"

namespace countersign::adapters::sandbox {

class World {
 public:
  using Clock = std::function<Millis()>;
  World(std::string seed, Clock clock, IdStyle style = IdStyle::mattermost);

  Millis now();  // never goes back

  // Null if there is none. What is returned stays where it is until it is erased.
  User* user(std::string_view id);
  User* user_named(std::string_view username);
  User* user_called(std::string_view id_or_username);
  Channel* channel(std::string_view id);
  Channel* channel_named(std::string_view name);  // of the team, so no direct ones
  Post* post(std::string_view id);                // also deleted ones and former states
  Post* live_post(std::string_view id);           // neither
  // The session of a token that may be used: enabled, of an active user.
  Session* session(std::string_view token);

  User& add_user(User user);  // id, times filled in where empty
  Channel& add_channel(Channel channel);
  Member& add_member(Channel& channel, const std::string& user_id, bool admin = false);
  Session& add_session(Session session);
  Post& add_post(Post post);
  Channel& direct_channel(const std::string& a, const std::string& b, bool& created);

  bool is_member(const Channel& channel, const std::string& user_id) const;
  // Members, and for open channels everybody of the team; administrators anything.
  bool can_read(const Channel& channel, const User& user) const;
  bool can_write(const Channel& channel, const User& user) const;

  // Posts of a channel in the order they were made, former states and deleted ones included.
  const std::vector<Post*>& posts_of(const std::string& channel_id) const;
  std::vector<Post*> replies(const std::string& root_id);  // live ones, oldest first
  std::int64_t reply_count(const Post& post);
  // Slack's messages are known by their time in microseconds, which nothing else of it has.
  std::string new_post_id();

  Team team;
  Ids ids;
  std::map<std::string, User, std::less<>> users;
  std::map<std::string, Channel, std::less<>> channels;
  std::map<std::string, Post, std::less<>> posts;
  std::map<std::string, std::map<std::string, Follow>> follows;  // root id, user id
  std::map<std::string, Session, std::less<>> sessions;          // by token
  std::map<std::string, Hook, std::less<>> hooks;
  std::map<std::string, File, std::less<>> files;
  std::map<std::string, Group, std::less<>> groups;

 private:
  Clock clock_;
  Millis latest_ = 0;
  std::int64_t latest_post_ = 0;  // microseconds
  std::map<std::string, std::vector<Post*>, std::less<>> by_channel_;
  std::map<std::string, std::vector<Post*>, std::less<>> by_root_;
};

}  // namespace countersign::adapters::sandbox
