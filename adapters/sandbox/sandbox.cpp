#include "adapters/sandbox/sandbox.h"

#include "adapters/sandbox/half.h"
#include "adapters/sandbox/seed.h"
#include "adapters/sandbox/slack/slack.h"
#include "adapters/sandbox/socket.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr const char* kBot = "countersign";
constexpr std::uint16_t kSlackPort = 8066;
constexpr std::chrono::milliseconds kSlackPing{10'000};

Json user_json(const SandboxUser& user) {
  return {{"id", user.id}, {"username", user.username}, {"token", user.token}};
}

Json people_json(const std::map<std::string, SandboxUser>& users) {
  Json people = Json::object();
  for (const auto& [name, user] : users) people[name] = user_json(user);
  return people;
}

std::map<std::string, std::string> channels_of(const World& world) {
  std::map<std::string, std::string> channels;
  for (const auto& [id, channel] : world.channels) {
    if (!channel.direct() && channel.delete_at == 0) channels[channel.name] = id;
  }
  return channels;
}

std::map<std::string, SandboxUser> people_of(const World& world) {
  std::map<std::string, SandboxUser> people;
  for (const auto& [id, user] : world.users) {
    if (!user.bot) people[user.username] = {id, user.username, seeded_token(world, id)};
  }
  return people;
}

net::HttpServerOptions mattermost_server(const SandboxOptions& options) {
  net::HttpServerOptions server;
  server.address = options.address;
  server.port = options.port;
  server.websocket_ping = options.ping_interval;
  server.websocket_pong = options.ping_interval * 5 / 3;  // 100 s to 60 s, as Mattermost has it
  return server;
}

// Acks may carry a whole window of Block Kit, and files come in one piece.
net::HttpServerOptions slack_server(const SandboxOptions& options) {
  net::HttpServerOptions server;
  server.address = options.address;
  server.port = options.slack_port.value_or(options.port == 0 ? 0 : kSlackPort);
  server.websocket_ping = std::min(options.ping_interval, kSlackPing);
  server.websocket_pong = server.websocket_ping * 3;
  server.websocket_limit = 1024 * 1024;
  server.body_limit = 16 * 1024 * 1024;
  return server;
}

SandboxOptions for_slack(SandboxOptions options) {
  if (!options.snapshot_file.empty()) options.snapshot_file += ".slack";
  options.rate_per_second = 0;  // Mattermost's
  return options;
}

}  // namespace

Json SandboxInfo::json() const {
  return {{"base_url", base_url},
          {"ws_url", ws_url},
          {"team", {{"id", team_id}, {"name", team_name}}},
          {"channels", channels},
          {"bot", user_json(bot)},
          {"users", people_json(users)}};
}

Json SandboxInfo::slack_json() const {
  return {
      {"page", slack.page},
      {"api_url", slack.api_url},
      {"app_token", slack.app_token},
      {"bot_token", slack.bot_token},
      {"control_url", slack.control_url},
      {"team", {{"id", slack.team_id}, {"name", slack.team_name}}},
      {"channels", slack.channels},
      {"bot", {{"user_id", slack.bot_user_id}, {"bot_id", slack.bot_id}, {"app_id", slack.app_id}}},
      {"users", people_json(slack.users)}};
}

struct Sandbox::Impl {
  explicit Impl(const SandboxOptions& options)
      : mattermost(io, options, mattermost_customs(), mattermost_server(options)),
        slack_half(io, for_slack(options), slack::customs(), slack_server(options)),
        slack(slack_half.chat) {
    slack_half.serve_first = [this](const net::HttpRequest& request,
                                    const net::HttpServer::Respond& respond) {
      return slack.serve(request, respond);
    };
    slack_half.upgrades_first = [](const net::HttpRequest& request) {
      return request.path == slack::kLinkPath;
    };
    slack_half.upgrade_first = [this](const net::HttpRequest& request,
                                      std::shared_ptr<net::ServerSocket> socket,
                                      net::HttpResponse& refusal) {
      return slack.sockets.upgrade(request, std::move(socket), refusal);
    };
  }

  Result<SandboxInfo> start() {
    const Result<std::uint16_t> port = mattermost.start();
    if (!port) return port.error();
    const Result<std::uint16_t> slack_port = slack_half.start();
    if (!slack_port) return slack_port.error();
    SandboxInfo made;
    run_on(io, [&] {
      slack.begin(*slack_port);
      made = info(*port);
      made.slack = slack_info();
    });
    return made;
  }

  // What could not be read must not be written over.
  void abandon() {
    mattermost.stop();
    slack_half.stop();
    io.stop();
  }

  // After the loop has ended, nobody touches the worlds but us.
  void stop() {
    abandon();
    mattermost.keep_for_good();
    slack_half.keep_for_good();
  }

  SandboxInfo info(std::uint16_t port) {
    const World& world = mattermost.chat.world;
    const std::string host = mattermost.chat.options.address + ":" + std::to_string(port);
    SandboxInfo made;
    made.base_url = "http://" + host;
    made.ws_url = "ws://" + host + kSocketPath;
    made.team_id = world.team.id;
    made.team_name = world.team.name;
    made.channels = channels_of(world);
    made.users = people_of(world);
    const std::string id = world.ids.named(std::string("user ") + kBot);
    made.bot = {id, world.users.at(id).username, seeded_token(world, id)};
    return made;
  }

  SlackInfo slack_info() {
    const World& world = slack_half.chat.world;
    const slack::Identity& who = slack.who;
    return {.page = slack.base_url + "/",
            .api_url = slack.base_url + "/api/",
            .control_url = slack.base_url + "/control",
            .app_token = who.app_token,
            .bot_token = who.bot_token,
            .team_id = world.team.id,
            .team_name = world.team.name,
            .bot_user_id = who.bot_user_id,
            .bot_id = who.bot_id,
            .app_id = who.app_id,
            .channels = channels_of(world),
            .users = people_of(world)};
  }

  net::Io io;  // first, so that it outlives all that posts to it
  Half mattermost;
  Half slack_half;
  slack::Slack slack;
};

Sandbox::Sandbox() = default;
Sandbox::~Sandbox() { stop(); }

Result<SandboxInfo> Sandbox::start(SandboxOptions options) {
  stop();
  auto impl = std::make_unique<Impl>(options);
  Result<SandboxInfo> info = impl->start();
  if (info) {
    impl_ = std::move(impl);
  } else {
    impl->abandon();
  }
  return info;
}

void Sandbox::set_bot_page(std::string url) {
  if (!impl_) return;
  run_on(impl_->io, [&] {
    impl_->mattermost.chat.options.bot_page = url;
    impl_->slack_half.chat.options.bot_page = std::move(url);
  });
}

void Sandbox::stop() {
  if (!impl_) return;
  impl_->stop();
  impl_.reset();
}

}  // namespace countersign::adapters::sandbox
