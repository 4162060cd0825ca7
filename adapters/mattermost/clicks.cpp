#include "adapters/mattermost/clicks.h"

#include <atomic>

#include "adapters/mattermost/render.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::chrono::milliseconds kPatience{2'500};
constexpr std::size_t kWaiting = 1'000;

net::HttpResponse said(int status, const Json& body) { return {status, {}, body.dump()}; }

net::HttpResponse told(const std::string& text) {
  if (text.empty()) return said(200, Json::object());
  // Without the flag the server would read "<...>" as markup of another chat service.
  return said(200, {{"ephemeral_text", render_tell(text)}, {"skip_slack_parsing", true}});
}

}  // namespace

// Answers once, whoever comes first: the judgement or the end of patience.
class Clicks::Reply {
 public:
  explicit Reply(net::HttpServer::Respond respond) : respond_(std::move(respond)) {}
  void give(const net::HttpResponse& response) {
    if (!given_.exchange(true)) respond_(response);
  }

 private:
  const net::HttpServer::Respond respond_;
  std::atomic<bool> given_ = false;
};

Clicks::Clicks(std::string chat, net::Io& io, People& people, core::ChatDesk& desk)
    : chat_(std::move(chat)), io_(io), people_(people), desk_(desk), worker_(kWaiting) {
  worker_.start();
}

void Clicks::stop() { worker_.stop(); }

void Clicks::handle(const net::HttpRequest& request, net::HttpServer::Respond respond) {
  const auto reply = std::make_shared<Reply>(std::move(respond));
  if (request.method != "POST") return reply->give(said(405, {{"error", "clicks are posted"}}));
  const auto click = parse_click(request.body);
  if (!click) return reply->give(said(400, {{"error", click.error().message}}));
  io_.after(kPatience, [reply] { reply->give(told("")); });
  // Who clicked is looked up, never believed: a name or "I am no bot" in the body proves nothing.
  if (const auto user = people_.known(click->user_id)) return judge(*click, *user, reply);
  const bool taken = worker_.add([this, click = *click, reply](const std::stop_token& stop) {
    const auto user = people_.by_id(click.user_id, stop);
    if (user) return judge(click, *user, reply);
    reply->give(told("I could not find out who you are. Nothing was done; please press again."));
  });
  if (!taken) reply->give(told("Too much is going on. Please press again in a moment."));
}

void Clicks::judge(const Click& click, const User& user, const std::shared_ptr<Reply>& reply) {
  core::Act act;
  act.kind = core::Act::Kind::button;
  act.id = chat_ + ":click:" + click.trigger_id;
  act.person = people_.person(user);
  act.human = !user.is_bot;
  act.place = {chat_, click.channel_id, ""};
  act.message_id = click.post_id;
  act.context = click.context;
  desk_.act(std::move(act),
            [reply](const core::ActAnswer& answer) { reply->give(told(answer.tell)); });
}

}  // namespace countersign::adapters::mattermost
