#include "adapters/sandbox/sandbox.h"

#include <thread>

#include "adapters/sandbox/chat.h"
#include "adapters/sandbox/control.h"
#include "adapters/sandbox/hooks.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/seed.h"
#include "adapters/sandbox/snapshot.h"
#include "adapters/sandbox/socket.h"
#include "bot/obs/log.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr std::chrono::milliseconds kSaveAfter{500};  // changes in between are written together
constexpr const char* kBot = "countersign";

SandboxUser user_info(const World& world, const User& user) {
  return {user.id, user.username, seeded_token(world, user.id)};
}

// A chat that cannot be kept still works: it is said, and tried again after the next change.
void keep(const std::string& path, const std::string& text) {
  if (const Result<void> written = write_file(path, text); !written) {
    obs::error("the sandbox could not be saved", {{"why", written.error().message}});
  }
}

Json user_json(const SandboxUser& user) {
  return {{"id", user.id}, {"username", user.username}, {"token", user.token}};
}

}  // namespace

Json SandboxInfo::json() const {
  Json people = Json::object();
  for (const auto& [name, user] : users) people[name] = user_json(user);
  return {{"base_url", base_url},
          {"ws_url", ws_url},
          {"team", {{"id", team_id}, {"name", team_name}}},
          {"channels", channels},
          {"bot", user_json(bot)},
          {"users", std::move(people)}};
}

struct Sandbox::Impl {
  explicit Impl(const SandboxOptions& options)
      : chat(io, options, [this] { save_soon(); }),
        server(
            io, server_options(options),
            [this](const net::HttpRequest& request, net::HttpServer::Respond respond) {
              serve(request, std::move(respond));
            },
            [this](const net::HttpRequest& request, std::shared_ptr<net::ServerSocket> socket,
                   net::HttpResponse& refusal) {
              return upgrade(chat, request, std::move(socket), refusal);
            }) {}

  static net::HttpServerOptions server_options(const SandboxOptions& options) {
    net::HttpServerOptions server;
    server.address = options.address;
    server.port = options.port;
    server.websocket_ping = options.ping_interval;
    server.websocket_pong = options.ping_interval * 5 / 3;  // 100 s to 60 s, as Mattermost has it
    return server;
  }

  void serve(const net::HttpRequest& request, net::HttpServer::Respond respond) {
    if (request.path.starts_with("/api/v4/")) return route(chat, request, std::move(respond));
    if (request.path.starts_with("/control/")) return respond(control(chat, request));
    if (request.path.starts_with("/hooks/") && request.method == "POST") {
      return respond(incoming_hook(chat, request));
    }
    respond(page_file(request));
  }

  Result<void> load() {
    const std::string& path = chat.options.snapshot_file;
    if (!path.empty()) {
      const Result<std::string> text = read_file(path);
      if (!text) return text.error();
      const Result<void> read = text->empty() ? Result<void>() : from_snapshot(chat.world, *text);
      if (!read) return invalid(path + ": " + read.error().message);
    }
    seed(chat.world);
    return {};
  }

  void save_soon() {
    if (chat.options.snapshot_file.empty() || saving || stopped) return;
    saving = true;
    io.after(kSaveAfter, [this] { save(); });
  }

  // The text is made here, where the world holds still; the disk is for another thread.
  void save() {
    if (stopped) return;
    saving = false;
    if (writer.joinable()) writer.join();
    writer = std::jthread(
        [path = chat.options.snapshot_file, text = to_snapshot(chat.world)] { keep(path, text); });
  }

  // Doors first, then what is under way, then the loop: after that nobody touches the world but us.
  void stop() {
    server.stop();
    chat.outgoing.stop();
    run_on(io, [this] { stopped = true; });
    io.stop();
    if (writer.joinable()) writer.join();
    if (!chat.options.snapshot_file.empty()) {
      keep(chat.options.snapshot_file, to_snapshot(chat.world));
    }
  }

  SandboxInfo info(std::uint16_t port) {
    const std::string host = chat.options.address + ":" + std::to_string(port);
    SandboxInfo made;
    made.base_url = "http://" + host;
    made.ws_url = "ws://" + host + kSocketPath;
    made.team_id = chat.world.team.id;
    made.team_name = chat.world.team.name;
    for (const auto& [id, channel] : chat.world.channels) {
      if (!channel.direct() && channel.delete_at == 0) made.channels[channel.name] = id;
    }
    for (const auto& [id, user] : chat.world.users) {
      if (!user.bot) made.users[user.username] = user_info(chat.world, user);
    }
    made.bot =
        user_info(chat.world, *chat.world.user(chat.world.ids.named(std::string("user ") + kBot)));
    return made;
  }

  net::Io io;           // first, so that it outlives all that posts to it
  bool saving = false;  // on the io thread, as `stopped`
  bool stopped = false;
  std::jthread writer;
  Chat chat;
  net::HttpServer server;
};

Sandbox::Sandbox() = default;
Sandbox::~Sandbox() { stop(); }

Result<SandboxInfo> Sandbox::start(SandboxOptions options) {
  stop();
  auto impl = std::make_unique<Impl>(options);
  if (const Result<void> loaded = impl->load(); !loaded) return loaded.error();
  SandboxInfo info;
  const Result<std::uint16_t> port = impl->server.start();
  if (!port) return port.error();
  run_on(impl->io, [&] { info = impl->info(*port); });
  impl_ = std::move(impl);
  return info;
}

void Sandbox::set_bot_page(std::string url) {
  if (!impl_) return;
  run_on(impl_->io, [&] { impl_->chat.options.bot_page = std::move(url); });
}

void Sandbox::stop() {
  if (!impl_) return;
  impl_->stop();
  impl_.reset();
}

}  // namespace countersign::adapters::sandbox
