// Objects as the app sees them. What a message of the app carries besides its text lies in the
// post's props under "slack": blocks, attachments, metadata.
#pragma once
#include <string>

#include "adapters/sandbox/slack/slack.h"

namespace countersign::adapters::sandbox::slack {

inline constexpr const char* kOwn = "slack";

// A key of the "slack" props; null if the message has none.
const Json* own_prop(const Post& post, const char* key);

struct MessageView {
  bool reactions = true;
  bool metadata = false;
  bool thread = true;  // how many replies, and whose
};
Json message_shape(Slack& slack, const Post& post, MessageView view = {});
Json user_shape(Slack& slack, const User& user);
Json channel_shape(Slack& slack, const Channel& channel);
Json group_shape(Slack& slack, const Group& group, bool with_users);
Json file_shape(Slack& slack, const File& file);
Json bot_profile(Slack& slack);

// "channel", "group", "im".
std::string channel_type(const Channel& channel);
// Of a person: the workspace, or another one.
std::string team_of(Slack& slack, const User& user);
std::string permalink(Slack& slack, const Post& post);

// Null unless there is such a message, alive, in that channel.
Post* find_message(Slack& slack, const std::string& channel_id, std::string_view ts);
bool is_tombstone(const Post& post);
// Those a person sees in the channel or the thread: no former states, nothing deleted.
std::vector<Post*> thread_of(Slack& slack, Post& root);

}  // namespace countersign::adapters::sandbox::slack
