#include "adapters/mattermost/adapter.h"

#include <algorithm>
#include <atomic>
#include <future>

#include "adapters/mattermost/clicks.h"
#include "adapters/mattermost/listener.h"
#include "adapters/mattermost/sender.h"
#include "bot/obs/log.h"

namespace countersign::adapters::mattermost {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kFramesWaiting = 5'000;

Options cleaned(Options options) {
  while (options.url.ends_with('/')) options.url.pop_back();
  while (options.public_url.ends_with('/')) options.public_url.pop_back();
  return options;
}

}  // namespace

// Every callback that may come late holds this weakly.
struct MattermostAdapter::Impl : std::enable_shared_from_this<Impl> {
  Impl(net::Io& loop, Options given, core::IdSource& source)
      : io(loop),
        options(cleaned(std::move(given))),
        ids(source),
        api(options.url, options.token),
        people(options.name, api),
        channels(options.team, api),
        sender(options.public_url + options.callback_path, api, people, channels),
        hearing(kFramesWaiting) {}

  // Fixed after construction, or with locking of their own.
  net::Io& io;
  const Options options;
  core::IdSource& ids;
  const WebApi api;
  People people;
  Channels channels;
  Sender sender;
  Worker hearing;
  std::atomic<bool> connected = false;
  std::atomic<bool> running = false;
  std::stop_source stopping;

  // Fixed by start().
  core::Inbox* inbox = nullptr;
  core::ChatDesk* desk = nullptr;
  std::unique_ptr<Listener> listener;  // used by `hearing` only
  std::unique_ptr<Clicks> clicks;

  // The io thread's.
  std::shared_ptr<Socket> socket;
  std::optional<bool> said;  // whether the desk was last told "up" or "down"

  void begin();
  void identify(int attempt, const std::stop_token& stop);
  void connect();
  void say(bool up, const std::string& why);
  void hear(const Frame& frame);
  void catch_up(std::int64_t since, int attempt);
  void offer(core::Incoming incoming, int attempt);
  milliseconds pause_after(int attempts) const;
  // Runs `work` on the io thread after a while, unless stopped meanwhile.
  void later(milliseconds pause, std::function<void(Impl&)> work);
  void end();
};

void MattermostAdapter::Impl::later(milliseconds pause, std::function<void(Impl&)> work) {
  io.after(pause, [weak = weak_from_this(), work = std::move(work)] {
    const auto self = weak.lock();
    if (self && self->running) work(*self);
  });
}

milliseconds MattermostAdapter::Impl::pause_after(int attempts) const {
  const auto doubled = options.timing.first_pause * (1LL << std::min(attempts, 16));
  return std::min<milliseconds>(doubled, options.timing.longest_pause);
}

void MattermostAdapter::Impl::begin() {
  Listener::Sinks sinks;
  sinks.command = [this](core::Incoming incoming) { offer(std::move(incoming), 0); };
  sinks.act = [this](core::Act act) { desk->act(std::move(act), [](const core::ActAnswer&) {}); };
  listener = std::make_unique<Listener>(options.name, options.command_prefix, api, people, ids,
                                        std::move(sinks));
  clicks = std::make_unique<Clicks>(options.name, io, people, *desk);
  running = true;
  hearing.start();
  hearing.add([this](const std::stop_token& stop) { identify(0, stop); });
}

// A socket with a bad token looks like one without news, so the token is tried over REST before.
void MattermostAdapter::Impl::identify(int attempt, const std::stop_token& stop) {
  const auto self = people.self(stop);
  if (self) return later(milliseconds(0), [](Impl& impl) { impl.connect(); });
  later(milliseconds(0), [why = self.error().message](Impl& impl) { impl.say(false, why); });
  later(pause_after(attempt), [attempt](Impl& impl) {
    impl.hearing.add(
        [&impl, attempt](const std::stop_token& token) { impl.identify(attempt + 1, token); });
  });
}

void MattermostAdapter::Impl::connect() {
  SocketCallbacks callbacks;
  callbacks.frame = [this](const Frame& frame) { hear(frame); };
  callbacks.state = [this](bool up, const std::string& why) { say(up, why); };
  callbacks.gap = [this](std::int64_t since) { catch_up(since, 0); };
  callbacks.chance = [this] { return ids.chance(); };
  socket = std::make_shared<Socket>(io, options.url, options.token, options.timing,
                                    std::move(callbacks));
  socket->start();
}

void MattermostAdapter::Impl::say(bool up, const std::string& why) {
  connected = up;
  if (said == up) return;
  said = up;
  desk->connection_changed(options.name, up, why);
}

void MattermostAdapter::Impl::hear(const Frame& frame) {
  if (frame.kind == Frame::Kind::other || frame.kind == Frame::Kind::unreadable) return;
  const bool taken =
      hearing.add([this, frame](const std::stop_token& stop) { listener->hear(frame, stop); });
  if (taken) return;
  // What was dropped is looked up once there is room again.
  const auto when = std::max(frame.post.create_at, frame.reaction.update_at);
  if (when > 0) catch_up(when - 1, 0);
}

void MattermostAdapter::Impl::catch_up(std::int64_t since, int attempt) {
  const auto again = [since, attempt](Impl& impl) { impl.catch_up(since, attempt + 1); };
  const bool taken = hearing.add([this, since, attempt, again](const std::stop_token& stop) {
    if (listener->catch_up(since, stop) || stop.stop_requested()) return;
    obs::warning("catching up with the chat failed, trying again", {{"chat", options.name}});
    later(pause_after(attempt), again);
  });
  if (!taken) later(pause_after(attempt), again);
}

// Nobody sends a chat message twice: what the inbox cannot take now is offered until it can.
void MattermostAdapter::Impl::offer(core::Incoming incoming, int attempt) {
  inbox->accept({incoming}, [weak = weak_from_this(), incoming, attempt](const auto& accepted) {
    const auto self = weak.lock();
    if (accepted || !self) return;
    if (accepted.error().kind != ErrorKind::unavailable) {
      obs::error("a command was not accepted",
                 {{"chat", incoming.source}, {"why", accepted.error().message}});
      return;
    }
    self->later(self->pause_after(attempt),
                [incoming, attempt](Impl& impl) { impl.offer(incoming, attempt + 1); });
  });
}

void MattermostAdapter::Impl::end() {
  if (!running.exchange(false)) return;
  stopping.request_stop();
  const auto ended = std::make_shared<std::promise<void>>();
  io.post([self = shared_from_this(), ended] {
    if (self->socket) self->socket->stop();
    self->socket.reset();
    self->connected = false;
    ended->set_value();
  });
  // A loop that has ended already runs no callback either.
  ended->get_future().wait_for(std::chrono::seconds(5));
  hearing.stop();
  clicks->stop();
}

MattermostAdapter::MattermostAdapter(net::Io& io, Options options, core::IdSource& ids)
    : impl_(std::make_shared<Impl>(io, std::move(options), ids)) {}

MattermostAdapter::~MattermostAdapter() { stop(); }

const std::string& MattermostAdapter::name() const { return impl_->options.name; }

void MattermostAdapter::start(core::Inbox& inbox, core::ChatDesk& desk) {
  impl_->inbox = &inbox;
  impl_->desk = &desk;
  impl_->begin();
}

void MattermostAdapter::stop() { impl_->end(); }

bool MattermostAdapter::connected() const { return impl_->connected; }

core::Delivery MattermostAdapter::deliver(const core::Outgoing& out, std::stop_token stop) {
  return impl_->sender.deliver(out, stop);
}

std::optional<core::Delivery> MattermostAdapter::find(const core::Outgoing& out,
                                                      std::stop_token stop) {
  return impl_->sender.find(out, stop);
}

Result<core::Person> MattermostAdapter::find_person(const std::string& name) {
  const auto stop = impl_->stopping.get_token();
  const std::string plain = name.starts_with('@') ? name.substr(1) : name;
  auto user =
      looks_like_id(plain) ? impl_->people.by_id(plain, stop) : impl_->people.by_name(plain, stop);
  if (!user) return Error{user.error().kind, name + ": " + user.error().message};
  return impl_->people.person(*user);
}

void MattermostAdapter::handle_http(const net::HttpRequest& request,
                                    net::HttpServer::Respond respond) {
  if (!impl_->running)
    return respond({503, {}, Json{{"error", "the bot is starting or stopping"}}.dump()});
  impl_->clicks->handle(request, std::move(respond));
}

}  // namespace countersign::adapters::mattermost
