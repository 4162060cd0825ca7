// Users: look-ups, statuses, preferences, renaming, deactivation.
#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

Refusal no_user(const std::string& detail) {
  return {404, "app.user.missing_account.const", "Unable to find the user.", detail};
}

User& user_of(Chat& chat, const Call& call) {
  User* const user = chat.world.user(call.param("user_id"));
  if (!user) throw no_user("resource: User id: " + call.param("user_id"));
  return *user;
}

// Only oneself, or an administrator.
User& own_user_of(Chat& chat, const Call& call) {
  if (call.param("user_id") != call.user->id && !call.user->admin()) {
    throw no_permission(*call.user, "edit_other_users");
  }
  return user_of(chat, call);
}

Json sorted_by_name(std::vector<const User*> users) {
  std::ranges::sort(users, {}, [](const User* user) { return user->username; });
  Json list = Json::array();
  for (const User* user : users) list.push_back(user_shape(*user));
  return list;
}

template <class Wanted>
std::vector<const User*> users_where(const World& world, Wanted wanted) {
  std::vector<const User*> found;
  for (const auto& [id, user] : world.users) {
    if (wanted(user)) found.push_back(&user);
  }
  return found;
}

bool listed(const Json& list, const std::string& value) {
  return std::ranges::find(list, Json(value)) != list.end();
}

void need_list(const Call& call, const std::string& what) {
  if (!call.body.is_array()) throw bad_body(what);
}

// Of oneself one sees more: settings, the age of the password.
std::optional<Answer> get_user(Chat& chat, Call& call) {
  const User& user = user_of(chat, call);
  const bool self = user.id == call.user->id;
  return Answer{.body = user_shape(user, self ? Viewer::self : Viewer::somebody)};
}

std::optional<Answer> get_by_name(Chat& chat, Call& call) {
  const User* const user = chat.world.user_named(call.param("username"));
  if (!user) {
    throw Refusal{
        404, "app.user.get_by_username.app_error",
        "Unable to find an existing account matching your username for this team. This team "
        "may require an invite from the team owner to join.",
        "resource: User id: username=" + call.param("username")};
  }
  return Answer{.body = user_shape(*user)};
}

// Unknown ids and names are left out, not refused.
std::optional<Answer> get_by_ids(Chat& chat, Call& call) {
  need_list(call, "user_ids");
  return Answer{.body = sorted_by_name(users_where(
                    chat.world, [&](const User& user) { return listed(call.body, user.id); }))};
}

std::optional<Answer> get_by_names(Chat& chat, Call& call) {
  need_list(call, "usernames");
  return Answer{.body = sorted_by_name(users_where(chat.world, [&](const User& user) {
                  return listed(call.body, user.username);
                }))};
}

bool in_channel(Chat& chat, const std::string& channel_id, const User& user) {
  const Channel* const channel = chat.world.channel(channel_id);
  return channel && chat.world.is_member(*channel, user.id);
}

std::optional<Answer> list_users(Chat& chat, Call& call) {
  const std::string channel_id = call.query_text("in_channel");
  const std::string role = call.query_text("role");
  const Json all = sorted_by_name(users_where(chat.world, [&](const User& user) {
    return (channel_id.empty() || in_channel(chat, channel_id, user)) &&
           user.roles.find(role) != std::string::npos;
  }));
  return Answer{.body = page_of(all, call)};
}

std::optional<Answer> search_users(Chat& chat, Call& call) {
  const std::string term = text_at(call.body, "term");
  return Answer{.body = sorted_by_name(users_where(chat.world, [&](const User& user) {
                  return user.active() && user.username.starts_with(term);
                }))};
}

std::optional<Answer> autocomplete(Chat& chat, Call& call) {
  const std::string name = call.query_text("name");
  const std::string channel_id = call.query_text("in_channel");
  std::vector<const User*> inside, outside;
  for (const auto& [id, user] : chat.world.users) {
    if (!user.active() || !user.username.starts_with(name)) continue;
    const bool is_in = channel_id.empty() || in_channel(chat, channel_id, user);
    (is_in ? inside : outside).push_back(&user);
  }
  Json body = {{"users", sorted_by_name(inside)}};
  if (!channel_id.empty()) body["out_of_channel"] = sorted_by_name(outside);
  return Answer{.body = std::move(body)};
}

std::optional<Answer> get_status(Chat& chat, Call& call) {
  return Answer{.body = status_shape(user_of(chat, call))};
}

std::optional<Answer> get_statuses(Chat& chat, Call& call) {
  need_list(call, "user_ids");
  Json list = Json::array();
  for (const auto& [id, user] : chat.world.users) {
    if (listed(call.body, id)) list.push_back(status_shape(user));
  }
  return Answer{.body = std::move(list)};
}

// A status set by hand stays through connecting and disconnecting; "online" ends that.
std::optional<Answer> put_status(Chat& chat, Call& call) {
  User& user = own_user_of(chat, call);
  const std::string status = text_at(call.body, "status");
  constexpr std::array<std::string_view, 4> kKnown = {"online", "away", "offline", "dnd"};
  if (std::ranges::find(kKnown, status) == kKnown.end()) throw bad_body("status");
  chat.hub.set_status(user, status, status != "online");
  return Answer{.body = status_shape(user)};
}

// To everybody, as a real object: the only event whose payload is not JSON in a string.
void tell_updated(Chat& chat, const User& user) {
  Event event;
  event.name = "user_updated";
  event.data = {{"user", user_shape(user)}};
  chat.hub.publish(event);
  chat.changed();
}

std::optional<Answer> patch_user(Chat& chat, Call& call) {
  User& user = own_user_of(chat, call);
  if (!call.body.is_object()) throw bad_body("user");
  if (const std::string name = text_at(call.body, "username"); !name.empty()) {
    const User* const holder = chat.world.user_named(name);
    if (!is_name(name)) {
      throw Refusal{
          400, "model.user.is_valid.username.app_error",
          "Username must begin with a letter and contain only lower-case letters, digits, "
          "'.', '-' and '_'.",
          ""};
    }
    if (holder && holder != &user) {
      throw Refusal{400, "app.user.save.username_exists.app_error",
                    "An account with that username already exists.", ""};
    }
    user.username = name;
  }
  if (field_at(call.body, "first_name")) user.first_name = text_at(call.body, "first_name");
  user.update_at = chat.world.now();
  tell_updated(chat, user);
  return Answer{.body = user_shape(user, Viewer::self)};
}

// The account's own sockets hear that it went offline, and nothing after that.
std::optional<Answer> put_active(Chat& chat, Call& call) {
  if (!call.user->admin()) throw no_permission(*call.user, "manage_system");
  User& user = user_of(chat, call);
  const bool active = flag_at(call.body, "active");
  if (!active) chat.hub.set_status(user, "offline", false);
  user.update_at = chat.world.now();
  user.delete_at = active ? 0 : user.update_at;
  tell_updated(chat, user);
  Event event;
  event.name = "user_activation_status_change";
  chat.hub.publish(event);
  return Answer{};
}

std::optional<Answer> get_preferences(Chat& chat, Call& call) {
  return Answer{.body = own_user_of(chat, call).preferences};
}

// Replaces those of the same category and name.
std::optional<Answer> put_preferences(Chat& chat, Call& call) {
  User& user = own_user_of(chat, call);
  need_list(call, "preferences");
  for (const Json& wanted : call.body) {
    Json kept = Json::array();
    for (const Json& had : user.preferences) {
      const bool same = text_at(had, "category") == text_at(wanted, "category") &&
                        text_at(had, "name") == text_at(wanted, "name");
      if (!same) kept.push_back(had);
    }
    kept.push_back(wanted);
    user.preferences = std::move(kept);
  }
  chat.changed();
  return Answer{};
}

constexpr Route kRoutes[] = {
    {"GET", "users", list_users},
    {"POST", "users/ids", get_by_ids},
    {"POST", "users/usernames", get_by_names},
    {"POST", "users/search", search_users},
    {"GET", "users/autocomplete", autocomplete},
    {"POST", "users/status/ids", get_statuses},
    {"GET", "users/username/{username}", get_by_name},
    {"GET", "users/{user_id}", get_user},
    {"PUT", "users/{user_id}/patch", patch_user},
    {"PUT", "users/{user_id}/active", put_active},
    {"GET", "users/{user_id}/status", get_status},
    {"PUT", "users/{user_id}/status", put_status},
    {"GET", "users/{user_id}/preferences", get_preferences},
    {"PUT", "users/{user_id}/preferences", put_preferences},
};

}  // namespace

std::span<const Route> user_routes() { return kRoutes; }

}  // namespace countersign::adapters::sandbox
