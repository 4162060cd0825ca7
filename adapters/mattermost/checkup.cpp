#include "adapters/mattermost/checkup.h"

#include <atomic>
#include <future>

#include "adapters/mattermost/wire.h"
#include "adapters/net/websocket.h"

namespace countersign::adapters::mattermost {
namespace {

using Level = core::Finding::Level;

constexpr std::chrono::seconds kHello{10};

std::string text_of(const Json& body, const char* key) {
  const auto found = body.is_object() ? body.find(key) : body.end();
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Ends with "" once a hello came, otherwise with the reason why none did.
std::string wait_for_hello(net::Io& io, const std::string& url, const std::string& token) {
  const auto promise = std::make_shared<std::promise<std::string>>();
  const auto given = std::make_shared<std::atomic<bool>>(false);
  const auto give = [promise, given](const std::string& why) {
    if (!given->exchange(true)) promise->set_value(why);
  };
  net::WebSocketOptions options;
  options.url = websocket_url(url);
  options.headers = {{"Authorization", "Bearer " + token}};
  const auto socket = net::WebSocket::open(
      io, std::move(options), [] {},
      [give](const std::string& text) {
        if (parse_frame(text).kind == Frame::Kind::hello) give("");
      },
      give);
  auto outcome = promise->get_future();
  const bool came = outcome.wait_for(kHello) == std::future_status::ready;
  socket->close();
  return came ? outcome.get() : "no hello came";
}

}  // namespace

void Checkup::add(Level level, std::string what, std::string mend) {
  findings_.push_back({level, std::move(what), std::move(mend)});
}

std::vector<core::Finding> Checkup::run(const std::vector<std::string>& channels) {
  if (!account()) return std::move(findings_);
  server();
  team();
  for (const auto& name : channels) channel(name);
  socket();
  clicks();
  return std::move(findings_);
}

bool Checkup::account() {
  const auto self = subject_.people.self(stop_);
  if (!self) {
    const bool silent = self.error().kind == ErrorKind::unavailable;
    add(Level::bad, self.error().message,
        silent ? "check the chat's url (" + subject_.url + ") and that the server runs"
               : "make a bot account (System Console, Integrations, Bot Accounts) and put its "
                 "access token into the chat's token");
    return false;
  }
  self_ = *self;
  add(Level::good, "the token is that of @" + self_.username);
  if (!self_.is_bot)
    add(Level::warning, "@" + self_.username + " is a person's account",
        "use a bot account, so that nobody's session is also the bot's");
  return true;
}

void Checkup::server() {
  const auto config = subject_.api.get("/config/client?format=old", stop_);
  const auto version = text_of(config.body, "Version");
  if (version.empty())
    return add(Level::warning, "the server does not tell its version",
               "check that " + subject_.url + " is a Mattermost server");
  add(Level::good, "Mattermost " + version + " answers");
}

void Checkup::team() {
  const auto team = subject_.api.get("/teams/name/" + net::percent_encode(subject_.team), stop_);
  const auto member =
      team.ok()
          ? subject_.api.get("/teams/" + text_of(team.body, "id") + "/members/" + self_.id, stop_)
          : team;
  if (member.ok() && member.body.value("delete_at", 0LL) == 0)
    return add(Level::good, "is a member of the team " + subject_.team);
  add(Level::bad, "is not a member of the team " + subject_.team,
      "check the chat's team, and add @" + self_.username + " to it");
}

void Checkup::channel(const std::string& name) {
  const std::string invite = "write \"/invite @" + self_.username + "\" in it";
  const auto found = subject_.channels.look_up(name, stop_);
  if (!found) return add(Level::bad, found.error().message, invite);
  if (found->archived) return add(Level::bad, name + " is archived", "name another channel");
  const auto member = subject_.api.get("/channels/" + found->id + "/members/" + self_.id, stop_);
  if (!member.ok())
    return add(found->is_private ? Level::bad : Level::warning,
               "is not a member of " + name + ", so it hears nothing there", invite);
  const auto posts = subject_.api.get("/channels/" + found->id + "/posts?per_page=1", stop_);
  if (!posts.ok()) return add(Level::bad, "cannot read " + name + ": " + posts.why, invite);
  add(Level::good, "reads and writes in " + name);
}

void Checkup::socket() {
  const auto why = wait_for_hello(subject_.io, subject_.url, subject_.token);
  if (why.empty()) return add(Level::good, "the WebSocket greets");
  add(Level::bad, "the WebSocket does not open: " + why,
      "a proxy before the server has to let WebSockets through (/api/v4/websocket)");
}

void Checkup::clicks() {
  const auto outcome = subject_.reach.probe(stop_);
  switch (outcome.kind) {
    case Reach::Outcome::Kind::reached:
      return add(Level::good, "clicks on buttons reach the bot");
    case Reach::Outcome::Kind::not_reached:
      return add(Level::warning, outcome.why + "; until then messages have no buttons",
                 outcome.mend);
    default:
      return add(Level::warning,
                 "it could not be tried whether clicks reach the bot: " + outcome.why, "try again");
  }
}

}  // namespace countersign::adapters::mattermost
