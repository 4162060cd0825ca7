// Windows open for somebody, and what is filled in.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "adapters/sandbox/slack/slack.h"

namespace countersign::adapters::sandbox::slack {

// `view` as it was sent, checked; shown to the person if it is a modal.
View& open_view(Slack& slack, const std::string& user_id, Json view);
// Another content in the same window, with a new hash.
void change_view(Slack& slack, View& view, Json content);
void close_view(Slack& slack, View& view);
View* external_view(Slack& slack, const std::string& external_id);  // null: none open

// The state of a view as filled in: `values` are {block_id: text, or value of an option, or a list
// of those}. What is missing or too long goes into `errors`, by block id.
Json filled_in(const Json& view, const Json& values, Json& errors);

}  // namespace countersign::adapters::sandbox::slack
