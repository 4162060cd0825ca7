// Logging in and out, and personal access tokens.
#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr const char* kPassword = "sandbox";  // everybody's

std::optional<Answer> login(Chat& chat, Call& call) {
  // A page of another site must not log anybody in: it could not read the token, but would get the
  // cookie.
  if (is_foreign(call.request)) throw no_session("foreign origin");
  const std::string name = text_at(call.body, "login_id");
  User* user = chat.world.user_named(name);
  if (!user) {
    const auto at = std::ranges::find_if(
        chat.world.users, [&](const auto& entry) { return entry.second.email == name; });
    if (at != chat.world.users.end()) user = &at->second;
  }
  if (!user || user->bot || !user->active() || text_at(call.body, "password") != kPassword) {
    throw Refusal{401, "api.user.login.invalid_credentials_email_username",
                  "Enter a valid email or username and/or password.", ""};
  }
  Session session;
  session.user_id = user->id;
  const Session& made = chat.world.add_session(std::move(session));
  chat.changed();
  return Answer{.body = user_shape(*user, Viewer::self),
                .headers = {{"Token", made.token},
                            {"Set-Cookie",
                             "MMAUTHTOKEN=" + made.token + "; Path=/; HttpOnly; SameSite=Strict"}}};
}

std::optional<Answer> logout(Chat& chat, Call& call) {
  const auto at = chat.world.sessions.find(call.token);
  // What the page and the demo's output speak with stays good for the sandbox's life.
  if (at != chat.world.sessions.end() && !at->second.personal) chat.world.sessions.erase(at);
  chat.changed();
  return Answer{};
}

Session& token_by_id(Chat& chat, const Call& call) {
  const std::string id = text_at(call.body, "token_id");
  const auto at = std::ranges::find_if(chat.world.sessions, [&](const auto& entry) {
    return entry.second.personal && entry.second.id == id;
  });
  if (at == chat.world.sessions.end()) throw bad_body("token_id");
  if (at->second.user_id != call.user->id && !call.user->admin()) {
    throw no_permission(*call.user, "revoke_user_access_token");
  }
  return at->second;
}

Json token_shape(const Session& session) {
  return {{"id", session.id},
          {"user_id", session.user_id},
          {"description", session.description},
          {"is_active", session.enabled}};
}

std::optional<Answer> create_token(Chat& chat, Call& call) {
  if (call.param("user_id") != call.user->id && !call.user->admin()) {
    throw no_permission(*call.user, "create_user_access_token");
  }
  if (!chat.world.user(call.param("user_id"))) throw bad_url("user_id");
  Session session;
  session.user_id = call.param("user_id");
  session.description = text_at(call.body, "description");
  session.personal = true;
  const Session& made = chat.world.add_session(std::move(session));
  chat.changed();
  Json body = token_shape(made);
  body["token"] = made.token;
  return Answer{.body = std::move(body)};
}

std::optional<Answer> list_tokens(Chat& chat, Call& call) {
  if (call.param("user_id") != call.user->id && !call.user->admin()) {
    throw no_permission(*call.user, "read_user_access_token");
  }
  Json list = Json::array();
  for (const auto& [token, session] : chat.world.sessions) {
    if (session.personal && session.user_id == call.param("user_id")) {
      list.push_back(token_shape(session));
    }
  }
  return Answer{.body = std::move(list)};
}

std::optional<Answer> revoke_token(Chat& chat, Call& call) {
  chat.world.sessions.erase(token_by_id(chat, call).token);
  chat.changed();
  return Answer{};
}

std::optional<Answer> disable_token(Chat& chat, Call& call) {
  token_by_id(chat, call).enabled = false;
  chat.changed();
  return Answer{};
}

std::optional<Answer> enable_token(Chat& chat, Call& call) {
  token_by_id(chat, call).enabled = true;
  chat.changed();
  return Answer{};
}

constexpr Route kRoutes[] = {
    {"POST", "users/login", login, Access::anybody},
    {"POST", "users/logout", logout},
    {"POST", "users/tokens/revoke", revoke_token},
    {"POST", "users/tokens/disable", disable_token},
    {"POST", "users/tokens/enable", enable_token},
    {"GET", "users/{user_id}/tokens", list_tokens},
    {"POST", "users/{user_id}/tokens", create_token},
};

}  // namespace

std::span<const Route> session_routes() { return kRoutes; }

}  // namespace countersign::adapters::sandbox
