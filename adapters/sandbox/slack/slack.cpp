#include "adapters/sandbox/slack/slack.h"

#include "adapters/sandbox/control.h"
#include "adapters/sandbox/slack/acts.h"
#include "adapters/sandbox/slack/api.h"
#include "adapters/sandbox/slack/control.h"
#include "adapters/sandbox/slack/events.h"
#include "adapters/sandbox/slack/response_url.h"
#include "adapters/sandbox/slack/text.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr const char* kBot = "countersign";
constexpr int kPostBurst = 2;

Identity identity_of(const Ids& ids) {
  Identity who;
  who.app_id = ids.named(std::string("app ") + kBot);
  who.bot_id = ids.named(std::string("bot ") + kBot);
  who.bot_user_id = ids.named(std::string("user ") + kBot);
  who.app_token = "xapp-1-" + who.app_id + "-" + ids.named("secret of the app");
  who.bot_token = "xoxb-" + ids.named("secret of the bot");
  who.scopes = {"app_mentions:read", "channels:history", "channels:read",   "chat:write",
                "commands",          "files:write",      "groups:history",  "groups:read",
                "im:history",        "im:read",          "im:write",        "mpim:read",
                "reactions:read",    "reactions:write",  "usergroups:read", "users:read",
                "users:read.email"};
  return who;
}

// POST /act/NAME by the page, for the person whose token it brings.
void act_of_page(Slack& slack, const net::HttpRequest& request,
                 const net::HttpServer::Respond& respond) {
  const Session* const session = slack.chat.world.session(token_of(request));
  if (!session || is_foreign(request)) {
    return respond(json_response(401, {{"message", "not logged in"}}));
  }
  const Json body = Json::parse(request.body, nullptr, false);
  const std::string name = request.path.substr(std::string_view("/act/").size());
  perform(slack, *slack.chat.world.user(session->user_id), name, body, respond);
}

struct Door {
  std::string_view prefix, method;
  void (*open)(Slack&, const net::HttpRequest&, const net::HttpServer::Respond&);
};

template <net::HttpResponse (*answer)(Slack&, const net::HttpRequest&)>
void at_once(Slack& slack, const net::HttpRequest& request,
             const net::HttpServer::Respond& respond) {
  try {
    respond(answer(slack, request));
  } catch (const Refusal& refusal) {
    respond(json_response(refusal.status, {{"ok", false}, {"error", refusal.id}}));
  }
}

constexpr Door kDoors[] = {
    {"/act/", "POST", act_of_page},
    {"/response/", "POST", at_once<respond_to_url>},
    {"/upload/v1/", "POST", at_once<receive_upload>},
    {"/files-pri/", "GET", at_once<private_file>},
    {"/api/", "POST", web_api},
    {"/api/", "GET", web_api},
};

}  // namespace

Customs customs() {
  Customs own;
  own.ids = IdStyle::slack;
  own.message_limit = 40'000;
  own.props_limit = 400'000;
  own.keeps_threads = true;
  own.typed = from_typed;
  own.named = named_in;
  return own;
}

Slack::Slack(Chat& the_chat)
    : chat(the_chat),
      who(identity_of(chat.world.ids)),
      sockets(chat, who.app_id),
      posts(chat.options.slack_posts_per_second, kPostBurst) {
  chat.hub.overheard = [this](const Event& event) { overhear(*this, event); };
}

void Slack::begin(std::uint16_t port) {
  base_url = "http://" + chat.options.address + ":" + std::to_string(port);
}

bool Slack::serve(const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
  if (request.path.starts_with("/api/v4/")) return false;
  if (request.path.starts_with("/control/")) return control(*this, request, respond);
  for (const Door& door : kDoors) {
    if (!request.path.starts_with(door.prefix) || request.method != door.method) continue;
    door.open(*this, request, respond);
    return true;
  }
  return false;
}

}  // namespace countersign::adapters::sandbox::slack
