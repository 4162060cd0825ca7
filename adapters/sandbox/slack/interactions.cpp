#include "adapters/sandbox/slack/interactions.h"

#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/slack/content.h"
#include "adapters/sandbox/slack/elements.h"
#include "adapters/sandbox/slack/response_url.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/views.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

// What all interactive payloads share.
Json payload_of(const Act& act, const std::string& type) {
  World& world = act.slack.chat.world;
  const std::string team = team_of(act.slack, act.who);
  return {{"type", type},
          {"user",
           {{"id", act.who.id},
            {"username", act.who.username},
            {"name", act.who.username},
            {"team_id", team}}},
          {"api_app_id", act.slack.who.app_id},
          {"token", "sandbox"},
          {"trigger_id", act.slack.triggers.make(world.ids, act.who.id, world.now())},
          {"team", {{"id", world.team.id}, {"domain", world.team.name}}},
          {"enterprise", nullptr},
          {"is_enterprise_install", false}};
}

std::string response_url(const Act& act, Reply reply) {
  World& world = act.slack.chat.world;
  reply.user_id = act.who.id;
  reply.at = world.now();
  return act.slack.base_url + "/response/" + act.slack.response_urls.make(world.ids, reply);
}

// Channels that are nobody else's business have no name of their own there.
std::string shown_name(const Channel& channel) {
  if (channel.direct()) return "directmessage";
  return channel.type == "O" ? channel.name : "privategroup";
}

// Sends it and tells whoever did it: at once, or once the app has answered.
void send(const Act& act, Envelope envelope) {
  const bool wait = flag_at(act.body, "wait");
  envelope.ack_timeout = act.slack.chat.options.slack_ack_timeout;
  if (wait) {
    envelope.acked = [first = std::move(envelope.acked),
                      done = act.done](const std::optional<Json>& payload) {
      if (first) first(payload);
      done({{"acked", payload.has_value()}, {"payload", payload ? *payload : Json(nullptr)}});
    };
  }
  const std::string id = act.slack.sockets.send(std::move(envelope));
  if (!wait) act.done({{"envelope_id", id}});
}

// Where something was clicked, and what stands there.
struct Scene {
  Json blocks = Json::array();
  Json container;
  const Post* post = nullptr;  // null: in a window
  bool whispered = false;
};

Scene window_scene(const Act& act, const std::string& view_id) {
  const auto view = act.slack.views.find(view_id);
  if (view == act.slack.views.end() || !view->second.open || view->second.user_id != act.who.id) {
    throw ApiError{"view_not_found", {}};
  }
  return {.blocks = view->second.view["blocks"],
          .container = {{"type", "view"}, {"view_id", view_id}}};
}

// The message may be one that only this person was shown.
Scene message_scene(const Act& act) {
  const std::string ts = text_at(act.body, "ts");
  const auto told = act.slack.whispers.find(ts);
  Scene scene;
  scene.whispered = told != act.slack.whispers.end() && told->second.user_id == act.who.id;
  scene.post = scene.whispered ? &told->second.post : &seen_message(act);
  if (const Json* const blocks = own_prop(*scene.post, "blocks")) scene.blocks = *blocks;
  scene.container = {{"type", "message"},
                     {"message_ts", ts},
                     {"channel_id", scene.post->channel_id},
                     {"is_ephemeral", scene.whispered}};
  if (!scene.post->root_id.empty()) {
    scene.container["thread_ts"] = ts_of(scene.post->root_id);
  }
  return scene;
}

// The clicked element; blocks in an attachment change what the container is.
Found found_in(const Act& act, Scene& scene) {
  const std::string action = text_at(act.body, "action_id"), block = text_at(act.body, "block_id");
  Found found = find_element(scene.blocks, action, block);
  const Json* const attachments = scene.post ? own_prop(*scene.post, "attachments") : nullptr;
  for (std::size_t i = 0; attachments && !found.element && i < attachments->size(); ++i) {
    const Json* const inside = field_at((*attachments)[i], "blocks");
    if (inside) found = find_element(*inside, action, block);
    if (!found.element) continue;
    scene.container["type"] = "message_attachment";
    scene.container["attachment_id"] = i + 1;
    scene.container["is_app_unfurl"] = false;
  }
  if (!found.element) throw ApiError{"action_not_found", {}};
  return found;
}

Json action_of(const Found& found, const Json& selected, const std::string& action_ts) {
  const Json& element = *found.element;
  Json action = {{"type", element["type"]},
                 {"action_id", element["action_id"]},
                 {"block_id", (*found.block)["block_id"]},
                 {"action_ts", action_ts}};
  for (const char* const key : {"text", "value", "style", "url", "placeholder"}) {
    if (const Json* const kept = field_at(element, key)) action[key] = *kept;
  }
  if (element["type"] != "button") action.update(state_of(element, selected));
  return action;
}

void add_place(const Act& act, const Scene& scene, Json& payload) {
  if (!scene.post) {
    payload["view"] = act.slack.views.at(text_at(scene.container, "view_id")).view;
    return;
  }
  const Channel& channel = *act.slack.chat.world.channel(scene.post->channel_id);
  payload["channel"] = {{"id", channel.id}, {"name", shown_name(channel)}};
  if (!scene.whispered) payload["message"] = message_shape(act.slack, *scene.post);
  Reply reply;
  reply.channel_id = channel.id;
  reply.original_ts = text_at(scene.container, "message_ts");
  reply.thread_ts = text_at(scene.container, "thread_ts");
  payload["response_url"] = response_url(act, std::move(reply));
}

// With its people and channels named, as commands get them.
std::string command_text(World& world, const std::string& typed) {
  std::string text = from_typed(world, typed);
  for (const auto& [id, user] : world.users) {
    const std::string bare = "<@" + id + ">";
    const std::string named = "<@" + id + "|" + user.username + ">";
    for (std::size_t at = text.find(bare); at != text.npos; at = text.find(bare, at + 1)) {
      text.replace(at, bare.size(), named);
    }
  }
  return text;
}

void say_me(const Act& act, const Channel& channel, const std::string& text) {
  Draft draft;
  draft.user_id = act.who.id;
  draft.channel_id = channel.id;
  draft.message = from_typed(act.slack.chat.world, text);
  draft.type = "me";
  const Post& post = *act.slack.chat.posting.create(std::move(draft)).post;
  act.done({{"channel", channel.id}, {"ts", ts_of(post.id)}});
}

// The ack of a command may bring an answer; one that never comes is told as Slack tells it.
void command_acked(Slack& slack, const Reply& reply, const std::string& command,
                   const std::optional<Json>& payload) {
  ApiCall call;
  if (payload) {
    call.args = *payload;
  } else {
    call.args = {{"text", command + " failed because the app did not respond"}};
  }
  if (!call.args.is_object() || call.args.empty()) return;
  try {
    answer_interaction(slack, reply, call);
  } catch (const ApiError& error) {
    call.args = {{"text", command + " failed with the error \"" + error.code + "\""}};
    answer_interaction(slack, reply, call);
  }
}

View& own_view(const Act& act) {
  const auto at = act.slack.views.find(text_at(act.body, "view_id"));
  const bool own =
      at != act.slack.views.end() && at->second.open && at->second.user_id == act.who.id;
  if (!own) throw ApiError{"view_not_found", {}};
  return at->second;
}

// What the app answered a window with: nothing closes it.
Json window_answered(Slack& slack, const std::string& view_id, const Json& payload) {
  View& view = slack.views.at(view_id);
  const std::string action = text_at(payload, "response_action");
  Json answer = {{"acked", true}, {"response_action", action}};
  if (action == "errors") {
    answer["errors"] = payload.value("errors", Json::object());
    return answer;
  }
  if (action != "update" && action != "push") {
    close_view(slack, view);
    return answer;
  }
  ApiCall call;
  call.args = payload;
  try {
    Json content = read_view(slack, call);
    if (action == "update") {
      change_view(slack, view, std::move(content));
    } else {
      const std::string user_id = view.user_id;
      View& pushed = open_view(slack, user_id, std::move(content));
      pushed.view["previous_view_id"] = view_id;
    }
  } catch (const ApiError& error) {
    answer["error"] = error.code;
  }
  return answer;
}

}  // namespace

void click(const Act& act) {
  const std::string view_id = text_at(act.body, "view_id");
  Scene scene = view_id.empty() ? message_scene(act) : window_scene(act, view_id);
  const Found found = found_in(act, scene);
  const Json* const given = field_at(act.body, "selected");
  const Json selected = given ? *given : Json(nullptr);
  if (!is_choice(*found.element, selected)) throw ApiError{"option_not_found", {}};
  const std::string action_ts = ts_of(act.slack.chat.world.new_post_id());
  const Json action = action_of(found, selected, action_ts);

  Envelope envelope;
  envelope.type = "interactive";
  envelope.payload = payload_of(act, "block_actions");
  envelope.payload["container"] = scene.container;
  envelope.payload["state"]["values"] = Json::object();
  if (action["type"] != "button" && action["type"] != "overflow") {
    envelope.payload["state"]["values"][text_at(action, "block_id")][text_at(action, "action_id")] =
        state_of(*found.element, selected);
  }
  envelope.payload["actions"] = Json::array({action});
  add_place(act, scene, envelope.payload);
  send(act, std::move(envelope));
}

void slash(const Act& act) {
  const Channel& channel = own_channel(act);
  const std::string text = text_at(act.body, "text");
  const std::size_t blank = std::min(text.find(' '), text.size());
  const std::string command = text.substr(0, blank);
  const std::string rest = text.substr(std::min(blank + 1, text.size()));
  if (!text_at(act.body, "thread_ts").empty()) throw ApiError{"not_supported_in_threads", {}};
  if (command == "/me" && !rest.empty()) return say_me(act, channel, rest);
  const auto& known = act.slack.chat.options.slack_commands;
  if (std::ranges::find(known, command) == known.end()) throw ApiError{"invalid_command", {}};

  Reply reply;
  reply.channel_id = channel.id;
  Envelope envelope;
  envelope.type = "slash_commands";
  envelope.accepts_response_payload = true;
  World& world = act.slack.chat.world;
  envelope.payload = {{"token", "sandbox"},
                      {"team_id", world.team.id},
                      {"team_domain", world.team.name},
                      {"channel_id", channel.id},
                      {"channel_name", shown_name(channel)},
                      {"user_id", act.who.id},
                      {"user_name", act.who.username},
                      {"command", command},
                      {"text", command_text(world, rest)},
                      {"api_app_id", act.slack.who.app_id},
                      {"is_enterprise_install", "false"},
                      {"response_url", response_url(act, reply)},
                      {"trigger_id", act.slack.triggers.make(world.ids, act.who.id, world.now())}};
  reply.user_id = act.who.id;
  envelope.acked = [&slack = act.slack, reply, command](const std::optional<Json>& payload) {
    command_acked(slack, reply, command, payload);
  };
  send(act, std::move(envelope));
}

void submit(const Act& act) {
  View& view = own_view(act);
  const Json* const values = field_at(act.body, "values");
  Json errors = Json::object();
  Json state = filled_in(view.view, values ? *values : Json::object(), errors);
  if (!errors.empty()) {
    return act.done({{"ok", false}, {"error", "invalid_values"}, {"errors", std::move(errors)}});
  }
  view.view["state"] = std::move(state);
  Envelope envelope;
  envelope.type = "interactive";
  envelope.accepts_response_payload = true;
  envelope.ack_timeout = act.slack.chat.options.slack_ack_timeout;
  envelope.payload = payload_of(act, "view_submission");
  envelope.payload["view"] = view.view;
  envelope.payload["response_urls"] = Json::array();
  envelope.acked = [&slack = act.slack, id = text_at(view.view, "id"),
                    done = act.done](const std::optional<Json>& payload) {
    done(payload ? window_answered(slack, id, *payload) : Json{{"acked", false}});
  };
  act.slack.sockets.send(std::move(envelope));
}

void close(const Act& act) {
  View& view = own_view(act);
  close_view(act.slack, view);
  if (!flag_at(view.view, "notify_on_close")) return act.done(Json::object());
  Envelope envelope;
  envelope.type = "interactive";
  envelope.payload = payload_of(act, "view_closed");
  envelope.payload["view"] = view.view;
  envelope.payload["is_cleared"] = false;
  send(act, std::move(envelope));
}

}  // namespace countersign::adapters::sandbox::slack
