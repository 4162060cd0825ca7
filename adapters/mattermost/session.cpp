#include "adapters/mattermost/session.h"

#include <algorithm>
#include <future>

#include "bot/obs/log.h"

namespace countersign::adapters::mattermost {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kFramesWaiting = 5'000;
constexpr std::size_t kTellsWaiting = 500;
constexpr std::chrono::hours kOldest{24};  // what is older is nobody's wish any more

std::int64_t oldest() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now - kOldest).count();
}

}  // namespace

Session::Session(Parts parts, core::Inbox& inbox, core::ChatDesk& desk)
    : parts_(parts),
      desk_(desk),
      inbox_(inbox),
      name_(parts_.options.name),
      hearing_(kFramesWaiting),
      telling_(kTellsWaiting) {}

void Session::later(milliseconds pause, std::function<void(Session&)> work) {
  parts_.io.after(pause, [weak = weak_from_this(), work = std::move(work)] {
    const auto self = weak.lock();
    if (self && self->running_) work(*self);
  });
}

milliseconds Session::pause_after(int attempts) const {
  const auto& timing = parts_.options.timing;
  const auto doubled = timing.first_pause * (1LL << std::min(attempts, 16));
  return std::min<milliseconds>(doubled, timing.longest_pause);
}

void Session::start() {
  Handover::Outside outside{
      inbox_, desk_,
      [weak = weak_from_this()](int attempt, std::function<void()> work) {
        if (const auto self = weak.lock())
          self->later(self->pause_after(attempt), [work](Session&) { work(); });
      },
      [weak = weak_from_this()](const core::Act& act, const std::string& text) {
        if (const auto self = weak.lock()) self->tell(act.person, act.place, text);
      },
      [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->mark_soon();
      }};
  handover_ = std::make_shared<Handover>(std::move(outside), heard_);
  Listener::Sinks sinks;
  sinks.command = [this](core::Incoming in, std::int64_t at) {
    handover_->command(std::move(in), at);
  };
  sinks.act = [this](core::Act act, std::int64_t at) { handover_->act(std::move(act), at); };
  listener_ = std::make_unique<Listener>(name_, parts_.options.command_prefix, parts_.api,
                                         parts_.people, parts_.ids, std::move(sinks));
  clicks_ = std::make_shared<Clicks>(
      name_, parts_.options.public_url + parts_.options.callback_path, parts_.io, parts_.api,
      parts_.people, desk_,
      [weak = weak_from_this()](const core::Person& person, const core::ChatPlace& place,
                                const std::string& text) {
        if (const auto self = weak.lock()) self->tell(person, place, text);
      });
  running_ = true;
  hearing_.start();
  telling_.start();
  clicks_->start();
  parts_.reach.start();
  hearing_.add([this](const std::stop_token& stop) { identify(0, stop); });
}

// A socket with a bad token looks like one without news, so the token is tried over REST before.
// And without the position nobody could tell what was missed.
void Session::identify(int attempt, const std::stop_token& stop) {
  const auto self = parts_.people.self(stop);
  const auto position = self ? desk_.position(name_) : Result<std::string>(self.error());
  if (position) {
    recall(*position);
    return later(milliseconds(0), [](Session& session) { session.connect(); });
  }
  later(milliseconds(0), [why = position.error().message](Session& s) { s.say(false, why); });
  later(pause_after(attempt), [attempt](Session& s) {
    s.hearing_.add([&s, attempt](const std::stop_token& token) { s.identify(attempt + 1, token); });
  });
}

void Session::recall(const std::string& position) {
  if (position.empty()) return;
  const Json read = Json::parse(position, nullptr, false);
  if (!read.is_object() || !read.contains("at") || !read["at"].is_number_integer()) {
    obs::warning("the position in the chat cannot be read; nothing is caught up",
                 {{"chat", name_}});
    return;
  }
  marked_ = position;
  heard_before_ = read["at"].get<std::int64_t>();
  const auto began = read.find("began");
  if (began != read.end() && began->is_number_integer()) began_ = began->get<std::int64_t>();
  listener_->recall(read.value("standing", Json::array()));
}

void Session::connect() {
  SocketCallbacks callbacks;
  callbacks.frame = [this](const Frame& frame) { hear(frame); };
  callbacks.state = [this](bool up, const std::string& why) { say(up, why); };
  callbacks.gap = [this](std::int64_t since) { catch_up(since); };
  callbacks.synced = [this](std::int64_t until) { synced(until); };
  callbacks.chance = [this] { return parts_.ids.chance(); };
  socket_ = std::make_shared<Socket>(parts_.io, parts_.options.url, parts_.options.token,
                                     parts_.options.timing, heard_before_, std::move(callbacks));
  socket_->start();
}

void Session::say(bool up, const std::string& why) {
  connected_ = up;
  if (up) parts_.reach.look();
  if (said_ == up) return;
  said_ = up;
  desk_.connection_changed(name_, up, why);
}

void Session::hear(const Frame& frame) {
  if (frame.kind == Frame::Kind::other || frame.kind == Frame::Kind::unreadable) return;
  // What cannot be heard now is looked up once that is possible again.
  const auto when = std::max(frame.post.create_at, frame.reaction.update_at);
  const bool taken = hearing_.add([this, frame, when](const std::stop_token& stop) {
    if (!listener_->hear(frame, stop) && when > 0) catch_up(when - 1);
  });
  if (!taken && when > 0) catch_up(when - 1);
}

void Session::catch_up(std::int64_t since) {
  heard_.begin(since);
  catch_up_again(since, 0);
}

void Session::catch_up_again(std::int64_t since, int attempt) {
  const auto again = [since, attempt](Session& s) { s.catch_up_again(since, attempt + 1); };
  const bool taken = hearing_.add([this, since, attempt, again](const std::stop_token& stop) {
    const auto open = desk_.open_questions(name_);
    if (listener_->catch_up(std::max({since, oldest(), began_}), open, stop)) {
      heard_.end(since);
      return mark_soon();
    }
    if (stop.stop_requested()) return;
    obs::warning("catching up with the chat failed, trying again", {{"chat", name_}});
    later(pause_after(attempt), again);
  });
  if (!taken) later(pause_after(attempt), again);
}

// Behind all that arrived before it.
void Session::synced(std::int64_t until) {
  hearing_.add([this, until](const std::stop_token&) {
    const bool first = began_ == 0;
    if (first) began_ = until;
    heard_.reached(until);
    // Where everything begins is noted at once: without it a crash would forget what was said
    // since.
    first ? mark() : mark_soon();
  });
}

void Session::mark_soon() {
  if (marking_.exchange(true)) return;
  later(parts_.options.mark_every, [](Session& session) {
    session.marking_ = false;
    session.hearing_.add([&session](const std::stop_token&) { session.mark(); });
  });
}

void Session::mark() {
  const auto until = heard_.certain();
  if (!until) return;
  const std::string position =
      Json{{"at", *until}, {"began", began_}, {"standing", listener_->standing(*until)}}.dump();
  if (position == marked_) return;
  desk_.heard_up_to(name_, position);
  marked_ = position;
}

void Session::tell(const core::Person& person, const core::ChatPlace& place,
                   const std::string& text) {
  core::Outgoing out;
  out.op = core::Outgoing::Op::tell;
  out.place = place;
  out.person = person.key;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.message.lines.push_back({core::plain(text.substr(at, end - at))});
    at = end + 1;
  }
  telling_.add([this, out](const std::stop_token& stop) {
    const auto told = parts_.sender.deliver(out, stop);
    if (told.kind != core::Delivery::Kind::sent)
      obs::warning("somebody could not be told something", {{"chat", name_}, {"why", told.why}});
  });
}

void Session::click(const Json& callback, net::HttpServer::Respond respond) {
  clicks_->handle(callback, std::move(respond));
}

void Session::stop() {
  if (!running_.exchange(false)) return;
  const auto ended = std::make_shared<std::promise<void>>();
  parts_.io.post([self = shared_from_this(), ended] {
    if (self->socket_) self->socket_->stop();
    self->socket_.reset();
    self->connected_ = false;
    ended->set_value();
  });
  // A loop that has ended already runs no callback either.
  ended->get_future().wait_for(std::chrono::seconds(5));
  hearing_.stop();
  clicks_->stop();
  telling_.stop();
  parts_.reach.stop();
  mark();
}

}  // namespace countersign::adapters::mattermost
