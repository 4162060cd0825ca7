#include "adapters/sandbox/slack/control.h"

#include <algorithm>

#include "adapters/sandbox/control.h"
#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/refusal.h"
#include "adapters/sandbox/seed.h"
#include "adapters/sandbox/slack/api.h"
#include "adapters/sandbox/slack/emitted.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

User& user_of(Slack& slack, const Json& body) {
  User* const user = slack.chat.world.user_called(text_at(body, "user"));
  if (!user) throw bad_body("user");
  return *user;
}

Channel& channel_of(Slack& slack, const Json& body) {
  World& world = slack.chat.world;
  const std::string named = text_at(body, "channel");
  Channel* const channel = world.channel(named) ? world.channel(named) : world.channel_named(named);
  if (!channel) throw bad_body("channel");
  return *channel;
}

std::vector<std::string> texts_at(const Json& body, const char* key) {
  std::vector<std::string> texts;
  const Json* const list = field_at(body, key);
  if (!list || !list->is_array()) throw bad_body(key);
  for (const Json& one : *list) {
    if (one.is_string()) texts.push_back(one.get<std::string>());
  }
  return texts;
}

Json reset(Slack& slack, const Json&) {
  slack.calls.clear();
  slack.failures.clear();
  slack.sockets.forget();
  return Json::object();
}

Json sent(Slack& slack, const Json&) {
  return {{"calls", slack.calls.all()},
          {"acks", slack.sockets.acks()},
          {"deliveries", slack.sockets.deliveries()},
          {"connections", slack.sockets.connections()}};
}

Json disconnect(Slack& slack, const Json& body) {
  constexpr std::int64_t kCloseAfter = 10'000;
  if (text_at(body, "mode") == "abort") {
    return {{"count", slack.sockets.abort()}};
  }
  const std::int64_t after = body.value("close_after_ms", kCloseAfter);
  slack.sockets.disconnect(text_at(body, "reason"), std::chrono::milliseconds(after));
  return Json::object();
}

Json fail_next(Slack& slack, const Json& body) {
  PlannedFailure failure;
  failure.method = text_at(body, "method");
  failure.count = static_cast<int>(std::max<std::int64_t>(1, number_at(body, "count")));
  failure.after = flag_at(body, "after");
  failure.response.status = static_cast<int>(number_at(body, "status"));
  if (failure.method.empty()) throw bad_body("method");
  if (failure.response.status < 200 || failure.response.status > 599) throw bad_body("status");
  if (const Json* const headers = field_at(body, "headers")) {
    for (const auto& [name, value] : headers->items()) {
      failure.response.headers.emplace_back(
          name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  if (const Json* const given = field_at(body, "body")) {
    const bool text = given->is_string();
    failure.response.headers.emplace_back("Content-Type", text ? "text/html" : "application/json");
    failure.response.body = text ? given->get<std::string>() : given->dump();
  }
  slack.failures.push_back(std::move(failure));
  return Json::object();
}

Json add_user(Slack& slack, const Json& body) { return sandbox::add_user(slack.chat, body); }

// Told to the people's clients as by Mattermost, which makes the events of it.
Json change_members(Slack& slack, const Json& body) {
  Channel& channel = channel_of(slack, body);
  const User& user = user_of(slack, body);
  if (flag_at(body, "remove")) {
    channel.members.erase(user.id);
    slack.chat.posting.system(user, channel, "system_leave_channel",
                              user.username + " has left the channel.",
                              {{"username", user.username}});
    return Json::object();
  }
  slack.chat.world.add_member(channel, user.id);
  Event event;
  event.name = "user_added";
  event.data = {{"team_id", channel.team_id}, {"user_id", user.id}};
  event.channel_id = channel.id;
  slack.chat.hub.publish(event);
  slack.chat.posting.system(user, channel, "system_join_channel",
                            user.username + " joined the channel.", {{"username", user.username}});
  return Json::object();
}

Json change_group(Slack& slack, const Json& body) {
  Group group;
  group.handle = text_at(body, "handle");
  if (!is_name(group.handle)) throw bad_body("handle");
  group.id = slack.chat.world.ids.named("group " + group.handle);
  group.name = group.handle;
  for (const std::string& named : texts_at(body, "users")) {
    const User* const user = slack.chat.world.user_called(named);
    if (!user) throw bad_body("users");
    group.users.push_back(user->id);
  }
  slack.chat.world.groups[group.id] = group;
  slack.chat.changed();
  return {{"id", group.id}};
}

Json set_scopes(Slack& slack, const Json& body) {
  slack.who.scopes = texts_at(body, "scopes");
  return Json::object();
}

Json seen(Slack& slack, const Json& body) {
  const User& user = user_of(slack, body);
  Json messages = Json::array(), views = Json::array();
  for (const auto& [ts, told] : slack.whispers) {
    if (told.user_id != user.id) continue;
    Json shape = message_shape(slack, told.post);
    shape["channel"] = told.post.channel_id;
    messages.push_back(std::move(shape));
  }
  for (const auto& [id, view] : slack.views) {
    if (view.user_id == user.id && view.open) views.push_back(view.view);
  }
  return {{"messages", std::move(messages)}, {"views", std::move(views)}};
}

Json messages(Slack& slack, const Json& body) {
  const Channel& channel = channel_of(slack, body);
  const std::string root = post_id_of(text_at(body, "thread_ts"));
  Json list = Json::array();
  for (const Post* const post : slack.chat.world.posts_of(channel.id)) {
    const bool wanted = root.empty() || post->id == root || post->root_id == root;
    if (post->delete_at != 0 || !wanted) continue;
    list.push_back(message_shape(slack, *post, {.metadata = true}));
  }
  return {{"channel", channel.id}, {"messages", std::move(list)}};
}

struct Command {
  std::string_view method, name;
  Json (*run)(Slack&, const Json&);
};
constexpr Command kCommands[] = {
    {"POST", "reset", reset},
    {"POST", "emit", emit},
    {"POST", "disconnect", disconnect},
    {"POST", "fail-next", fail_next},
    {"GET", "sent", sent},
    {"POST", "users", add_user},
    {"POST", "members", change_members},
    {"POST", "groups", change_group},
    {"POST", "scopes", set_scopes},
    {"GET", "seen", seen},
    {"GET", "messages", messages},
};
constexpr std::string_view kActs[] = {"say",   "edit",   "delete", "react", "click",
                                      "slash", "submit", "close",  "open"};

// What a GET asks stands in its query.
Json body_of(const net::HttpRequest& request) {
  if (request.method == "POST") return Json::parse(request.body, nullptr, false);
  Json body = Json::object();
  for (const auto& [name, value] : net::parse_query(request.query)) body[name] = value;
  return body;
}

net::HttpResponse good(Json answer) {
  if (!answer.contains("ok")) answer["ok"] = true;
  return json_response(200, answer, {{"Cache-Control", "no-store"}});
}

net::HttpResponse refused(const Refusal& refusal) {
  return json_response(refusal.status,
                       {{"ok", false}, {"error", refusal.id}, {"message", refusal.message}});
}

}  // namespace

void perform(Slack& slack, User& who, const std::string& act, const Json& body,
             const net::HttpServer::Respond& respond) {
  try {
    carry_out(act,
              {slack, who, body, [respond](Json answer) { respond(good(std::move(answer))); }});
  } catch (const ApiError& error) {
    Json answer = error.more;
    answer.update({{"ok", false}, {"error", error.code}, {"message", error.code}});
    respond(json_response(400, answer));
  } catch (const Refusal& refusal) {
    respond(refused(refusal));
  }
}

bool control(Slack& slack, const net::HttpRequest& request,
             const net::HttpServer::Respond& respond) {
  const std::string name = request.path.substr(std::string_view("/control/").size());
  const auto command = std::ranges::find_if(kCommands, [&](const Command& one) {
    return one.method == request.method && one.name == name;
  });
  const bool known = command != std::end(kCommands);
  const bool act = request.method == "POST" && std::ranges::find(kActs, name) != std::end(kActs);
  if (!known && !act) return false;
  if (!from_this_machine(request)) {
    respond(json_response(403, {{"message", "the control interface is for this machine only"}}));
    return true;
  }
  const Json body = body_of(request);
  try {
    if (act) {
      perform(slack, user_of(slack, body), name, body, respond);
    } else {
      respond(good(command->run(slack, body)));
    }
  } catch (const Refusal& refusal) {
    respond(refused(refusal));
  }
  return true;
}

}  // namespace countersign::adapters::sandbox::slack
