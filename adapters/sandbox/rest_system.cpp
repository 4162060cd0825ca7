// What is neither person nor channel nor post: health, configuration, roles, commands, incoming
// webhooks.
#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/hooks.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

struct Role {
  std::string_view name;
  std::initializer_list<const char*> permissions;
};
// As much of the roles as clients look at; what is enforced is in the handlers.
const Role kRoleTable[] = {
    {"system_admin",
     {"manage_system", "create_post", "create_post_ephemeral", "edit_others_posts",
      "delete_others_posts", "add_reaction", "remove_reaction", "remove_others_reactions",
      "read_channel", "manage_private_channel_members", "manage_channel_roles"}},
    {"system_user", {"create_direct_channel", "list_public_teams", "view_members"}},
    {"team_admin", {"manage_team_roles", "delete_others_posts", "manage_channel_roles"}},
    {"team_user",
     {"list_team_channels", "join_public_channels", "read_public_channel", "create_public_channel",
      "create_private_channel", "view_team"}},
    {"channel_admin",
     {"manage_public_channel_members", "manage_channel_roles", "read_public_channel_groups",
      "read_private_channel_groups", "remove_reaction", "use_channel_mentions",
      "use_group_mentions", "create_post", "add_reaction", "manage_private_channel_members"}},
    {"channel_user",
     {"read_channel", "add_reaction", "remove_reaction", "upload_file", "create_post", "edit_post",
      "delete_post", "use_channel_mentions", "manage_private_channel_members"}},
};

std::optional<Answer> ping(Chat&, Call&) {
  return Answer{.body = {{"AndroidLatestVersion", ""},
                         {"AndroidMinVersion", ""},
                         {"DesktopLatestVersion", ""},
                         {"DesktopMinVersion", ""},
                         {"IosLatestVersion", ""},
                         {"IosMinVersion", ""},
                         {"status", "OK"}}};
}

std::optional<Answer> client_config(Chat& chat, Call& call) {
  if (call.query_text("format") != "old") {
    throw Refusal{400, "api.config.client.old_format.app_error",
                  "New format for the client configuration is not supported yet. Please specify "
                  "format=old in the query string.",
                  ""};
  }
  return Answer{.body = {{"BuildEnterpriseReady", ""},
                         {"BuildNumber", ""},
                         {"CollapsedThreads", "default_on"},
                         {"EnableBotAccountCreation", "true"},
                         {"EnableCommands", "true"},
                         {"EnableCustomEmoji", "true"},
                         {"EnableFileAttachments", "true"},
                         {"EnablePostIconOverride", "true"},
                         {"EnablePostUsernameOverride", "true"},
                         {"EnableReliableWebSockets", "true"},
                         {"EnableUserAccessTokens", "true"},
                         {"FeatureFlagCollapsedThreads", "true"},
                         {"MaxFileSize", "104857600"},
                         {"MaxPostSize", std::to_string(chat.customs.message_limit)},
                         {"PostEditTimeLimit", "-1"},
                         {"SiteURL", ""},
                         {"TeammateNameDisplay", "username"},
                         {"Version", kServerVersion},
                         {"WebsocketPort", "80"},
                         {"WebsocketSecurePort", "443"},
                         {"WebsocketURL", ""}}};
}

std::optional<Answer> client_license(Chat&, Call&) {
  return Answer{.body = {{"IsLicensed", "false"}}};
}

std::optional<Answer> role_by_name(Chat& chat, Call& call) {
  const std::string& name = call.param("role");
  const auto role = std::ranges::find(kRoleTable, name, &Role::name);
  if (role == std::end(kRoleTable)) {
    throw Refusal{404, "app.role.get_by_name.app_error", "Unable to get role.", "name=" + name};
  }
  const Millis made = chat.world.team.create_at;
  return Answer{.body = {{"id", chat.world.ids.named("role " + name)},
                         {"name", name},
                         {"display_name", "authentication.roles." + name + ".name"},
                         {"description", "authentication.roles." + name + ".description"},
                         {"create_at", made},
                         {"update_at", made},
                         {"delete_at", 0},
                         {"permissions", Json(role->permissions)},
                         {"scheme_managed", true},
                         {"built_in", true}}};
}

std::optional<Answer> groups(Chat&, Call&) {
  throw Refusal{501, "api.ldap_groups.license_error", "your license does not support ldap groups",
                ""};
}

// Only /me; every other slash command is unknown here.
std::optional<Answer> execute_command(Chat& chat, Call& call) {
  const Channel* const channel = chat.world.channel(text_at(call.body, "channel_id"));
  const std::string command = text_at(call.body, "command");
  if (command.size() < 2 || command.front() != '/') throw bad_body("command");
  if (!channel || !chat.world.can_write(*channel, *call.user)) {
    throw no_permission(*call.user, "use_slash_commands");
  }
  const std::string trigger = command.substr(1, command.find(' ') - 1);
  if (trigger != "me" || command.size() < 5) {
    throw Refusal{404, "api.command.execute_command.not_found.app_error",
                  "Command with a trigger of '" + trigger + "' not found.", ""};
  }
  Draft draft;
  draft.user_id = call.user->id;
  draft.channel_id = channel->id;
  draft.root_id = text_at(call.body, "root_id");
  draft.message = "*" + command.substr(4) + "*";
  draft.type = "me";
  draft.props = {{"override_icon_url", ""}};
  const std::string text = draft.message;
  chat.posting.create(std::move(draft));
  return Answer{.body = {{"response_type", "in_channel"},
                         {"text", text},
                         {"username", ""},
                         {"channel_id", ""},
                         {"icon_url", ""},
                         {"type", "me"},
                         {"props", nullptr},
                         {"goto_location", ""},
                         {"trigger_id", ""},
                         {"skip_slack_parsing", false},
                         {"attachments", nullptr},
                         {"extra_responses", nullptr}}};
}

// Its posts will carry the id of whoever made the hook: text from there is nobody's command.
std::optional<Answer> create_hook(Chat& chat, Call& call) {
  const Channel* const channel = chat.world.channel(text_at(call.body, "channel_id"));
  if (!channel || !chat.world.can_read(*channel, *call.user)) throw bad_body("channel_id");
  if (!call.user->admin()) throw no_permission(*call.user, "manage_incoming_webhooks");
  Hook hook;
  hook.id = chat.world.ids.fresh();
  hook.user_id = call.user->id;
  hook.channel_id = channel->id;
  hook.display_name = text_at(call.body, "display_name");
  hook.username = text_at(call.body, "username");
  chat.world.hooks[hook.id] = hook;
  chat.changed();
  const Millis now = chat.world.now();
  return Answer{.status = 201,
                .body = {{"id", hook.id},
                         {"create_at", now},
                         {"update_at", now},
                         {"delete_at", 0},
                         {"user_id", hook.user_id},
                         {"channel_id", hook.channel_id},
                         {"team_id", channel->team_id},
                         {"display_name", hook.display_name},
                         {"description", ""},
                         {"username", hook.username},
                         {"icon_url", ""},
                         {"channel_locked", false}}};
}

constexpr Route kRoutes[] = {
    {"GET", "system/ping", ping, Access::anybody},
    {"GET", "config/client", client_config, Access::anybody},
    {"GET", "license/client", client_license, Access::anybody},
    {"GET", "roles/name/{role}", role_by_name},
    {"GET", "groups", groups},
    {"POST", "commands/execute", execute_command},
    {"POST", "hooks/incoming", create_hook},
};

}  // namespace

std::span<const Route> system_routes() { return kRoutes; }

net::HttpResponse incoming_hook(Chat& chat, const net::HttpRequest& request) {
  const auto at = chat.world.hooks.find(request.path.substr(std::string_view("/hooks/").size()));
  if (at == chat.world.hooks.end()) {
    return json_response(404, {{"id", "web.incoming_webhook.invalid.app_error"},
                               {"message", "Invalid webhook."},
                               {"detailed_error", ""},
                               {"status_code", 404}});
  }
  const Hook& hook = at->second;
  const Json body = Json::parse(request.body, nullptr, false);
  const std::string name = text_at(body, "username");
  Draft draft;
  draft.user_id = hook.user_id;
  draft.channel_id = hook.channel_id;
  draft.message = text_at(body, "text");
  draft.props = {{"from_webhook", "true"},
                 {"override_username", name.empty() ? hook.username : name},
                 {"webhook_display_name", hook.display_name}};
  if (const Json* const given = field_at(body, "attachments")) {
    draft.props["attachments"] = *given;
    draft.type = "slack_attachment";
  }
  try {
    chat.posting.create(std::move(draft));
  } catch (const Refusal& refusal) {
    return json_response(refusal.status, {{"id", refusal.id},
                                          {"message", refusal.message},
                                          {"detailed_error", refusal.detail},
                                          {"status_code", refusal.status}});
  }
  return {200, {{"Content-Type", "text/plain"}}, "ok"};
}

}  // namespace countersign::adapters::sandbox
