#include "adapters/sandbox/slack/views.h"

#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/slack/elements.h"
#include "adapters/sandbox/slack/text.h"

namespace countersign::adapters::sandbox::slack {
namespace {

std::string new_hash(Slack& slack) {
  return std::to_string(slack.chat.world.now() / 1000) + "." + slack.chat.world.ids.fresh();
}

// What a view shows, with everything in it that was left out.
Json completed(Json content) {
  Json view = {{"type", "modal"},         {"private_metadata", ""},  {"callback_id", ""},
               {"external_id", ""},       {"title", nullptr},        {"close", nullptr},
               {"submit", nullptr},       {"blocks", Json::array()}, {"clear_on_close", false},
               {"notify_on_close", false}};
  view.update(content);
  if (view["type"] == "home") {
    for (const char* const key : {"title", "close", "submit"}) view.erase(key);
  }
  return view;
}

// The page draws it from the event, and takes it away when it is closed.
void show(Slack& slack, const View& view) {
  if (text_at(view.view, "type") != "modal") return;
  Event event;
  event.name = "slack_view";
  event.data = {{"view", view.view}, {"open", view.open}};
  event.user_id = view.user_id;
  slack.chat.hub.publish(event);
}

std::string error_of(const Json& block, const Json& state) {
  const Json& element = block["element"];
  if (is_empty_state(state)) return flag_at(block, "optional") ? "" : "Please fill this in";
  const std::size_t length = length_of(text_at(state, "value"));
  const auto least = static_cast<std::size_t>(number_at(element, "min_length"));
  const auto most = static_cast<std::size_t>(number_at(element, "max_length"));
  if (length < least) return "At least " + std::to_string(least) + " characters";
  if (most > 0 && length > most) return "At most " + std::to_string(most) + " characters";
  return "";
}

}  // namespace

View& open_view(Slack& slack, const std::string& user_id, Json content) {
  const std::string id = slack.chat.world.ids.fresh("view");
  View& made = slack.views[id];
  made.user_id = user_id;
  made.view = completed(std::move(content));
  made.view.update({{"id", id},
                    {"team_id", slack.chat.world.team.id},
                    {"state", {{"values", Json::object()}}},
                    {"hash", new_hash(slack)},
                    {"previous_view_id", nullptr},
                    {"root_view_id", id},
                    {"app_id", slack.who.app_id},
                    {"app_installed_team_id", slack.chat.world.team.id},
                    {"bot_id", slack.who.bot_id}});
  show(slack, made);
  return made;
}

void change_view(Slack& slack, View& view, Json content) {
  view.view.update(completed(std::move(content)));
  view.view["hash"] = new_hash(slack);
  show(slack, view);
}

void close_view(Slack& slack, View& view) {
  view.open = false;
  show(slack, view);
}

View* external_view(Slack& slack, const std::string& external_id) {
  if (external_id.empty()) return nullptr;
  const auto at = std::ranges::find_if(slack.views, [&](const auto& entry) {
    return entry.second.open && text_at(entry.second.view, "external_id") == external_id;
  });
  return at == slack.views.end() ? nullptr : &at->second;
}

Json filled_in(const Json& view, const Json& values, Json& errors) {
  Json all = Json::object();
  for (const Json& block : view["blocks"]) {
    if (text_at(block, "type") != "input") continue;
    const std::string id = text_at(block, "block_id");
    const Json& element = block["element"];
    const Json* const given = field_at(values, id.c_str());
    Json state = state_of(element, given ? *given : initial_value(element));
    if (const std::string error = error_of(block, state); !error.empty()) errors[id] = error;
    all[id][text_at(element, "action_id")] = std::move(state);
  }
  return {{"values", std::move(all)}};
}

}  // namespace countersign::adapters::sandbox::slack
