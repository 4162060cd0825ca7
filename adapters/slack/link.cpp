#include "adapters/slack/link.h"

#include <algorithm>
#include <array>
#include <future>

#include "bot/obs/log.h"

namespace countersign::adapters::slack {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kEventsWaiting = 5'000;
constexpr std::size_t kLookupsWaiting = 1'000;

// Refusals of apps.connections.open that do not go away by themselves.
constexpr std::array kRefusals = {"not_authed",
                                  "invalid_auth",
                                  "account_inactive",
                                  "token_revoked",
                                  "user_removed_from_team",
                                  "team_disabled",
                                  "not_allowed_token_type",
                                  "forbidden_team",
                                  "missing_scope",
                                  "missing_args"};

core::Instant now() {
  return std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
}

Options cleaned(Options options) {
  if (!options.api_url.ends_with('/')) options.api_url += '/';
  return options;
}

}  // namespace

Link::Link(net::Io& loop, Options given, core::IdSource& source)
    : options(cleaned(std::move(given))),
      api(options.api_url, options.bot_token, options.app_token),
      people(options.name, api),
      channels(options.name, api),
      sender(options.name, api, people, channels,
             [this](const std::string& channel) { progress_.talked_in(channel); }),
      io_(loop),
      ids_(source),
      answers_(options.name, api, sender),
      hearing_(kEventsWaiting),
      dialing_(kLookupsWaiting),
      looking_up_(kLookupsWaiting) {}

void Link::later(milliseconds pause, std::function<void(Link&)> work) {
  io_.after(pause, [weak = weak_from_this(), work = std::move(work)] {
    const auto self = weak.lock();
    if (self && self->running_) work(*self);
  });
}

milliseconds Link::pause_after(int attempts) const {
  const auto doubled = options.timing.first_pause * (1LL << std::min(attempts, 16));
  return std::min<milliseconds>(doubled, options.timing.longest_pause);
}

void Link::begin(core::Inbox& inbox, core::ChatDesk& desk) {
  inbox_ = &inbox;
  desk_ = &desk;
  Listener::Sinks sinks;
  sinks.command = [this](core::Incoming incoming, bool persist, const Ack& ack) {
    offer(std::move(incoming), persist, ack, 0);
  };
  sinks.act = [this](core::Act act_made, const ReplyTo& reply) { act(std::move(act_made), reply); };
  sinks.sorry = [this](const core::ChatPlace& place, const std::string& person,
                       const std::string& text,
                       const ReplyTo& reply) { answers_.say(place, person, reply, text); };
  listener_ = std::make_unique<Listener>(options.name, options.command_prefix, api, people, ids_,
                                         std::move(sinks));
  catch_up_ = std::make_unique<CatchUp>(options.name, api, *listener_);
  running_ = true;
  for (auto* worker : {&hearing_, &dialing_, &looking_up_}) worker->start();
  answers_.start();
  dialing_.add([this](const std::stop_token& stop) { identify(0, stop); });
}

// Who the bot is must be known before anything is heard: what it says itself is no command.
void Link::identify(int attempt, const std::stop_token& stop) {
  const auto self = people.self(stop);
  if (self) {
    later(milliseconds(0), [](Link& link) { link.connect(); });
    return;
  }
  const bool refusal = self.error().kind != ErrorKind::unavailable;
  later(milliseconds(0), [why = self.error().message](Link& link) { link.say(false, why); });
  later(refusal ? options.timing.refused_pause : pause_after(attempt), [attempt](Link& link) {
    link.dialing_.add(
        [&link, attempt](const std::stop_token& token) { link.identify(attempt + 1, token); });
  });
}

void Link::connect() {
  SocketCallbacks callbacks;
  callbacks.open = [this](const std::function<void(Opening)>& answer) { open(answer); };
  callbacks.envelope = [this](const Envelope& envelope, const Ack& ack) { hear(envelope, ack); };
  callbacks.state = [this](bool up, const std::string& why) { say(up, why); };
  callbacks.greeted = [this](std::optional<milliseconds> away) { came_up(away); };
  callbacks.chance = [this] { return ids_.chance(); };
  socket_ = std::make_shared<Socket>(io_, options.name, options.timing, std::move(callbacks));
  socket_->start();
  keep_position();
}

void Link::open(const std::function<void(Opening)>& answer) {
  dialing_.add([this, answer](const std::stop_token& stop) {
    const auto opened = api.open_connection(stop);
    Opening opening{text_at(opened.body, "url"), opened.why, false, opened.retry_after};
    if (opened.ok() && opening.url.empty()) opening.why = "Slack gave no address to connect to";
    if (!opened.ok()) opening.url.clear();
    opening.refused = std::ranges::find(kRefusals, opened.error) != kRefusals.end();
    if (opening.refused) opening.why = "the app token does not work: " + opened.why;
    answer(opening);
  });
}

void Link::say(bool up, const std::string& why) {
  connected = up;
  if (said_ == up) return;
  said_ = up;
  desk_->connection_changed(options.name, up, why);
}

void Link::hear(const Envelope& envelope, const Ack& ack) {
  const Heard heard = parse_heard(envelope);
  const auto* said = std::get_if<Said>(&heard);
  if (!listener_->concerns_us(heard)) {
    if (said) progress_.passed(said->ts);
    return ack({});
  }
  const Ack kept = said ? keeping(*said, ack) : ack;
  // What finds no room is not acknowledged, so Slack brings it again.
  hearing_.add([this, heard, attempt = envelope.attempt, kept](const std::stop_token& stop) {
    listener_->hear(heard, attempt, kept, stop);
  });
}

Ack Link::keeping(const Said& said, const Ack& ack) {
  progress_.begin(said.ts);
  progress_.talked_in(said.channel);
  return [weak = weak_from_this(), ts = said.ts, ack](const Json& payload) {
    if (const auto self = weak.lock()) self->progress_.kept(ts);
    ack(payload);
  };
}

void Link::offer(core::Incoming incoming, bool persist, const Ack& ack, int attempt) {
  inbox_->accept({incoming},
                 [weak = weak_from_this(), incoming, persist, ack, attempt](const auto& accepted) {
                   if (accepted) return ack({});
                   const auto self = weak.lock();
                   if (!self) return;
                   if (accepted.error().kind != ErrorKind::unavailable) {
                     obs::error("a command was not accepted",
                                {{"chat", incoming.source}, {"why", accepted.error().message}});
                     return ack({});
                   }
                   if (!persist) return;
                   self->later(self->pause_after(attempt), [incoming, ack, attempt](Link& link) {
                     link.offer(incoming, true, ack, attempt + 1);
                   });
                 });
}

void Link::act(core::Act act, const ReplyTo& reply) {
  core::Act kept = act;
  desk_->act(std::move(act), [weak = weak_from_this(), kept = std::move(kept),
                              reply](const core::ActAnswer& answer) {
    const auto self = weak.lock();
    if (self && self->running_) self->answered(kept, reply, answer);
  });
}

void Link::answered(const core::Act& act, const ReplyTo& reply, const core::ActAnswer& answer) {
  answers_.give(act.place, act.person.key, reply, answer);
  if (act.emoji.empty()) return;
  const Reacted what{people.id_of(act.person.key), act.emoji};
  const bool added = act.kind == core::Act::Kind::emoji_added;
  auto& reactions = listener_->reactions();
  if (answer.kept) return reactions.kept(act.place.channel, act.message_id, {what, added});
  // Slack may bring an event again, or not; the truth can be looked up.
  reactions.forget(act.place.channel, act.message_id, what);
  const core::OpenQuestion question{act.place.channel, act.message_id};
  later(pause_after(1), [question](Link& link) { link.look_at(Questions{question}, 1); });
}

void Link::came_up(std::optional<milliseconds> away) {
  if (!away) return resume(0);
  look_at(std::nullopt, 0);
  if (*away == milliseconds(0)) return;  // another socket was there all the time
  progress_.missed_since(now() - *away);
  read_missed(0);
}

// The first connection of this process: goes on where the last one ended.
void Link::resume(int attempt) {
  looking_up_.add([this, attempt](const std::stop_token&) {
    const auto position = desk_->position(options.name);
    if (!position)
      return later(pause_after(attempt), [attempt](Link& link) { link.resume(attempt + 1); });
    const Json left = Json::parse(*position, nullptr, false);
    listener_->reactions().recall(array_at(left, "reactions"));
    progress_.resume(left);
    resumed_ = true;
    look_at(std::nullopt, 0);
    read_missed(0);
  });
}

// Many gaps, one look: whoever comes first fills all that there are.
void Link::read_missed(int attempt) {
  looking_up_.add([this, attempt](const std::stop_token& stop) {
    const auto gap = progress_.gap();
    if (!gap) return;
    const auto hear = [&](const Said& said) {
      return !listener_->concerns_us(said) ||
             listener_->hear(said, 0, keeping(said, [](const Json&) {}), stop);
    };
    const bool complete = catch_up_->read(progress_.channels(), desk_->open_questions(options.name),
                                          gap->since, hear, stop);
    if (stop.stop_requested()) return;
    if (complete) return progress_.filled(*gap);
    later(pause_after(attempt), [attempt](Link& link) { link.read_missed(attempt + 1); });
  });
}

void Link::look_at(const std::optional<Questions>& questions, int attempt) {
  looking_up_.add([this, questions, attempt](const std::stop_token& stop) {
    auto left =
        catch_up_->look_at(questions ? *questions : desk_->open_questions(options.name), stop);
    if (left.empty() || stop.stop_requested()) return;
    later(pause_after(attempt),
          [left = std::move(left), attempt](Link& link) { link.look_at(left, attempt + 1); });
  });
}

void Link::keep_position() {
  Json position = progress_.position();
  position["reactions"] = listener_->reactions().standing();
  const auto text = position.dump();
  // The first look at it is the emptiness before anything was heard.
  const bool news = resumed_ && !position_.empty() && text != position_;
  position_ = text;
  if (news) {
    looking_up_.add(
        [this, text](const std::stop_token&) { desk_->heard_up_to(options.name, text); });
  }
  later(options.timing.mark_every, [](Link& link) { link.keep_position(); });
}

void Link::end() {
  if (!running_.exchange(false)) return;
  stopping.request_stop();
  const auto ended = std::make_shared<std::promise<void>>();
  io_.post([self = shared_from_this(), ended] {
    if (self->socket_) self->socket_->stop();
    self->socket_.reset();
    self->connected = false;
    ended->set_value();
  });
  // A loop that has ended already runs no callback either.
  ended->get_future().wait_for(std::chrono::seconds(5));
  for (auto* worker : {&hearing_, &dialing_, &looking_up_}) worker->stop();
  answers_.stop();
}

}  // namespace countersign::adapters::slack
