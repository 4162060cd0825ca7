#include "adapters/sandbox/control.h"

#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/refusal.h"
#include "adapters/sandbox/seed.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

User& user_of(Chat& chat, const Json& body) {
  User* const user = chat.world.user_called(text_at(body, "user"));
  if (!user) throw bad_body("user");
  return *user;
}

// Tokens of people for the page, which plays them; the bot's is not among them.
Json page_info(Chat& chat, const Json&) {
  Json people = Json::array();
  for (const auto& [id, user] : chat.world.users) {
    const std::string token = seeded_token(chat.world, id);
    if (user.bot || !user.active() || token.empty()) continue;
    people.push_back({{"id", id}, {"username", user.username}, {"token", token}});
  }
  Json groups = Json::array();
  for (const auto& [id, group] : chat.world.groups) {
    groups.push_back({{"id", id}, {"handle", group.handle}});
  }
  const bool slack = chat.world.ids.style() == IdStyle::slack;
  return {{"service", slack ? "slack" : "mattermost"},
          {"groups", std::move(groups)},
          {"team", {{"id", chat.world.team.id}, {"name", chat.world.team.name}}},
          {"people", std::move(people)},
          {"bot_page", chat.options.bot_page}};
}

Json cut_sockets(Chat& chat, const Json& body) {
  return {{"count", chat.hub.cut(user_of(chat, body).id)}};
}

Json deafen_sockets(Chat& chat, const Json& body) {
  return {{"count", chat.hub.deafen(user_of(chat, body).id)}};
}

Json refuse_calls(Chat& chat, const Json& body) {
  Refusing refusing;
  refusing.count = static_cast<int>(std::max<std::int64_t>(1, number_at(body, "count")));
  refusing.after = static_cast<int>(number_at(body, "after"));
  refusing.status = static_cast<int>(number_at(body, "status"));
  refusing.path = text_at(body, "path");
  if (refusing.status < 400 || refusing.status > 599) throw bad_body("status");
  if (field_at(body, "user")) refusing.user_id = user_of(chat, body).id;
  chat.faults.refuse(std::move(refusing));
  return Json::object();
}

// At most a minute: a test that forgets it must not hang a chat for good.
Json delay_calls(Chat& chat, const Json& body) {
  chat.faults.delay(std::clamp<Millis>(number_at(body, "ms"), 0, 60'000));
  return Json::object();
}

std::string new_name(Chat& chat, const Json& body) {
  std::string name = text_at(body, "username");
  if (!is_name(name) || chat.world.user_named(name)) throw bad_body("username");
  return name;
}

Json rename_user(Chat& chat, const Json& body) {
  User& user = user_of(chat, body);
  user.username = new_name(chat, body);
  user.update_at = chat.world.now();
  Event event;
  event.name = "user_updated";
  event.data = {{"user", user_shape(user)}};
  chat.hub.publish(event);
  chat.changed();
  return {{"id", user.id}};
}

struct Command {
  std::string_view method, path;
  Json (*run)(Chat&, const Json&);
};
constexpr Command kCommands[] = {
    {"GET", "/control/page-info", page_info},
    {"POST", "/control/sockets/cut", cut_sockets},
    {"POST", "/control/sockets/deaf", deafen_sockets},
    {"POST", "/control/rest/refuse", refuse_calls},
    {"POST", "/control/rest/delay", delay_calls},
    {"POST", "/control/users", add_user},
    {"POST", "/control/users/rename", rename_user},
};

bool is_loopback(const std::string& peer) {
  return peer == "::1" || peer.starts_with("127.") || peer.starts_with("::ffff:127.");
}

// A name that somebody else's DNS may point here is no proof that our own page asks.
bool names_us(const net::HttpRequest& request) {
  const std::string* const host = net::find_header(request.headers, "Host");
  if (!host) return false;
  return host->starts_with("localhost") || host->starts_with("127.") || host->starts_with("[::1]");
}

}  // namespace

bool from_this_machine(const net::HttpRequest& request) {
  return is_loopback(request.peer) && names_us(request) && !is_foreign(request);
}

Json add_user(Chat& chat, const Json& body) {
  std::string roles = flag_at(body, "guest") ? "system_guest" : "system_user";
  if (flag_at(body, "outsider")) roles += " outsider";
  User& user = add_person(chat.world, new_name(chat, body), roles);
  user.bot = flag_at(body, "bot");
  chat.changed();
  return {
      {"id", user.id}, {"username", user.username}, {"token", seeded_token(chat.world, user.id)}};
}

net::HttpResponse control(Chat& chat, const net::HttpRequest& request) {
  if (!from_this_machine(request)) {
    return json_response(403, {{"message", "the control interface is for this machine only"}});
  }
  const auto command = std::ranges::find_if(kCommands, [&](const Command& one) {
    return one.method == request.method && one.path == request.path;
  });
  if (command == std::end(kCommands)) return json_response(404, {{"message", "no such command"}});
  try {
    Json answer = command->run(chat, Json::parse(request.body, nullptr, false));
    answer["status"] = "OK";
    return json_response(200, answer, {{"Cache-Control", "no-store"}});
  } catch (const Refusal& refusal) {
    return json_response(refusal.status, {{"id", refusal.id}, {"message", refusal.message}});
  }
}

}  // namespace countersign::adapters::sandbox
