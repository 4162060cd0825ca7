// Message attachments as Mattermost keeps and shows them. Pure.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "bot/core/json.h"

namespace countersign::adapters::sandbox {

// Completes `props.attachments` with the empty fields a server adds and drops what it does not
// know; an action without id gets one from `new_id`. [] becomes null, as there.
void complete_attachments(Json& props, const std::function<std::string()>& new_id);
// What clients are shown: without any `integration`.
Json without_integrations(Json props);
// Null if no attachment has that action.
const Json* find_action(const Json& props, std::string_view action_id);

// <url|text> to [text](url).
std::string slack_links_to_markdown(std::string_view text);
std::size_t code_points(std::string_view utf8);

}  // namespace countersign::adapters::sandbox
