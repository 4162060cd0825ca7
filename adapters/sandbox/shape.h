// Objects as a client of the API sees them, field for field. Pure.
#pragma once
#include "adapters/sandbox/world.h"

namespace countersign::adapters::sandbox {

inline constexpr const char* kServerVersion = "5.37.0";
inline constexpr const char* kVersionId = "5.37.0..sandbox.false";  // X-Version-Id and hello

enum class Viewer { somebody, self };  // one's own account shows more
Json user_shape(const User& user, Viewer viewer = Viewer::somebody);
Json team_shape(const Team& team);
Json team_member_shape(const Team& team, const User& user);
Json channel_shape(const Channel& channel);
Json member_shape(const Channel& channel, const Member& member);
Json status_shape(const User& user);
Json reaction_shape(const Post& post, const Reaction& reaction);
Json file_shape(const File& file);

struct PostView {
  bool reply_count = false;  // only some answers of Mattermost 5.37 count the replies
  bool metadata = true;
};
Json post_shape(World& world, const Post& post, PostView view = {});
Json thread_shape(World& world, const Post& root, const std::string& for_user);

}  // namespace countersign::adapters::sandbox
