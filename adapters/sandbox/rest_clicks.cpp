// Buttons, menus and dialogs: what a person does is sent on to the integration, and its answer
// comes back.
#include "adapters/sandbox/attachments.h"
#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/trigger.h"

namespace countersign::adapters::sandbox {
namespace {

// Props that an update cannot take away.
constexpr std::array<const char*, 3> kRetained = {"from_webhook", "override_username",
                                                  "override_icon_url"};

Refusal integration_failed(const std::string& detail) {
  return {400, "api.post.do_action.action_integration.app_error", "Action integration error.",
          detail};
}

Refusal no_action(const std::string& detail) {
  return {404, "api.post.do_action.action_id.app_error", "Invalid action id.", detail};
}

std::string trigger_key(Chat& chat) { return chat.world.ids.named("trigger key"); }

// No token and no signature, as there: an integration must bring its own proof in the context.
net::HttpCall integration_call(const Chat& chat, const std::string& url, const Json& body) {
  net::HttpCall call;
  call.method = "POST";
  call.url = url;
  call.headers = {{"User-Agent", "Mattermost-Bot/1.1"},
                  {"Accept", "application/json"},
                  {"Content-Type", "application/json"}};
  call.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  call.timeout = chat.options.click_timeout;
  return call;
}

// The JSON an integration answered, or the Refusal that its answer makes of the click.
Json answer_of(const net::HttpResult& result) {
  if (result.kind != net::HttpResult::Kind::answered) throw integration_failed("err=" + result.why);
  if (result.response.status != 200) {
    throw integration_failed("status=" + std::to_string(result.response.status));
  }
  if (result.response.body.empty()) throw integration_failed("err=EOF");
  Json body = Json::parse(result.response.body, nullptr, false);
  if (!body.is_object()) throw integration_failed("err=the answer is not a JSON object");
  return body;
}

// `update` brings message and props; without props the old ones stay, buttons and all.
void apply_update(Chat& chat, const std::string& post_id, const Json& update) {
  Post* const post = chat.world.live_post(post_id);
  if (!post) throw no_post(post_id);
  Change change;
  change.message = text_at(update, "message");
  if (const Json* const props = field_at(update, "props"); props && props->is_object()) {
    change.props = *props;
    for (const char* const key : kRetained) {
      if (const Json* const kept = field_at(post->props, key)) (*change.props)[key] = *kept;
    }
  }
  chat.posting.update(*post, std::move(change));
}

// In the clicker's own name and in the post's thread.
void tell_clicker(Chat& chat, const std::string& user_id, const Post& post, const Json& answer) {
  const std::string text = text_at(answer, "ephemeral_text");
  if (text.empty()) return;
  Draft draft;
  draft.user_id = user_id;
  draft.channel_id = post.channel_id;
  draft.root_id = post.thread();
  draft.message = flag_at(answer, "skip_slack_parsing") ? text : slack_links_to_markdown(text);
  chat.posting.whisper(user_id, std::move(draft));
}

// The chosen option is passed on unchecked, as a real server does.
Json click_body(Chat& chat, const Call& call, const Post& post, const Json& action,
                const Trigger& trigger) {
  const Channel& channel = *chat.world.channel(post.channel_id);
  Json context = action["integration"].value("context", Json::object());
  if (!context.is_object()) context = Json::object();
  const std::string option = text_at(call.body, "selected_option");
  if (!option.empty()) context["selected_option"] = option;
  return {{"user_id", call.user->id},
          {"user_name", call.user->username},
          {"channel_id", channel.id},
          {"channel_name", channel.name},
          {"team_id", channel.team_id},
          {"team_domain", channel.direct() ? "" : chat.world.team.name},
          {"post_id", post.id},
          {"trigger_id", sign_trigger(trigger, trigger_key(chat), chat.world.now())},
          {"type", text_at(action, "type")},
          {"data_source", text_at(action, "data_source")},
          {"context", std::move(context)}};
}

// Reading is enough to click. Unknown and forbidden look alike, deleted does not.
const Post& clicked_post(Chat& chat, const Call& call) {
  const Post* const post = chat.world.post(call.param("post_id"));
  const Channel* const channel = post ? chat.world.channel(post->channel_id) : nullptr;
  if (!channel || !chat.world.can_read(*channel, *call.user)) {
    throw no_permission(*call.user, "read_channel");
  }
  if (post->delete_at != 0) throw no_post(post->id);
  return *post;
}

// Clicks are not folded: three people make three calls, and the integration decides who was first.
std::optional<Answer> click(Chat& chat, Call& call) {
  const Post& post = clicked_post(chat, call);
  const Json* const action = find_action(post.props, call.param("action_id"));
  if (!action) throw no_action("action=<nil>");
  const Json* const integration = field_at(*action, "integration");
  if (!integration) throw no_action("action has no integration");
  const Trigger trigger{chat.world.ids.fresh(), call.user->id};
  const Json body = click_body(chat, call, post, *action, trigger);
  // By then the post may have been changed or deleted: it is looked up anew.
  const auto done = [&chat, trigger, post_id = post.id, respond = call.respond,
                     refuse = call.refuse](const net::HttpResult& result) {
    try {
      const Json answer = answer_of(result);
      if (const Json* const update = field_at(answer, "update"); update && update->is_object()) {
        apply_update(chat, post_id, *update);
      }
      if (const Post* const clicked = chat.world.post(post_id)) {
        tell_clicker(chat, trigger.user_id, *clicked, answer);
      }
      respond({.body = {{"status", "OK"}, {"trigger_id", trigger.id}}});
    } catch (const Refusal& refusal) {
      refuse(refusal);
    }
  };
  if (!chat.outgoing.call(integration_call(chat, text_at(*integration, "url"), body), done)) {
    throw integration_failed("err=too many calls at once");
  }
  return std::nullopt;
}

Json element_shape(const Json& given) {
  Json shape = {{"optional", flag_at(given, "optional")},
                {"min_length", number_at(given, "min_length")},
                {"max_length", number_at(given, "max_length")},
                {"options", field_at(given, "options") ? given["options"] : Json(nullptr)}};
  for (const char* const key : {"display_name", "name", "type", "subtype", "default", "placeholder",
                                "help_text", "data_source"}) {
    shape[key] = text_at(given, key);
  }
  return shape;
}

// The trigger id is all the proof that is asked for.
std::optional<Answer> open_dialog(Chat& chat, Call& call) {
  const Json* const dialog = field_at(call.body, "dialog");
  if (!dialog || !dialog->is_object()) throw bad_body("dialog");
  if (text_at(call.body, "url").empty()) throw bad_body("url");
  const Trigger trigger =
      open_trigger(text_at(call.body, "trigger_id"), trigger_key(chat), chat.world.now());
  Json shape = {{"notify_on_cancel", flag_at(*dialog, "notify_on_cancel")}, {"elements", nullptr}};
  for (const char* const key :
       {"callback_id", "title", "introduction_text", "icon_url", "submit_label", "state"}) {
    shape[key] = text_at(*dialog, key);
  }
  if (const Json* const elements = field_at(*dialog, "elements");
      elements && elements->is_array()) {
    for (const Json& element : *elements) shape["elements"].push_back(element_shape(element));
  }
  const Json whole = {
      {"trigger_id", trigger.id}, {"url", text_at(call.body, "url")}, {"dialog", shape}};
  Event event;
  event.name = "open_dialog";
  event.data = {{"dialog", whole.dump()}};
  event.user_id = trigger.user_id;
  chat.hub.publish(event);
  return Answer{};
}

// Who submits is the server's word; everything else is the client's.
std::optional<Answer> submit_dialog(Chat& chat, Call& call) {
  const std::string url = text_at(call.body, "url");
  if (url.empty()) throw bad_body("url");
  const Json* const submission = field_at(call.body, "submission");
  const Json body = {{"type", "dialog_submission"},
                     {"callback_id", text_at(call.body, "callback_id")},
                     {"state", text_at(call.body, "state")},
                     {"user_id", call.user->id},
                     {"channel_id", text_at(call.body, "channel_id")},
                     {"team_id", text_at(call.body, "team_id")},
                     {"submission", submission ? *submission : Json::object()},
                     {"cancelled", flag_at(call.body, "cancelled")}};
  const auto done = [respond = call.respond, refuse = call.refuse](const net::HttpResult& result) {
    try {
      const bool silent = result.response.status == 200 && result.response.body.empty();
      const Json answer = silent ? Json::object() : answer_of(result);
      Json shown = Json::object();
      if (!text_at(answer, "error").empty()) shown["error"] = answer["error"];
      if (const Json* const errors = field_at(answer, "errors"); errors && !errors->empty()) {
        shown["errors"] = *errors;
      }
      respond({.body = std::move(shown)});
    } catch (const Refusal& refusal) {
      refuse(refusal);
    }
  };
  if (!chat.outgoing.call(integration_call(chat, url, body), done)) {
    throw integration_failed("err=too many calls at once");
  }
  return std::nullopt;
}

constexpr Route kRoutes[] = {
    {"POST", "posts/{post_id}/actions/{action_id}", click},
    {"POST", "actions/dialogs/open", open_dialog, Access::anybody},
    {"POST", "actions/dialogs/submit", submit_dialog},
};

}  // namespace

std::span<const Route> click_routes() { return kRoutes; }

}  // namespace countersign::adapters::sandbox
