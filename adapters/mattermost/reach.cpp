#include "adapters/mattermost/reach.h"

#include "bot/core/digest.h"
#include "bot/obs/log.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::size_t kLongestNonce = 64;
constexpr char kMark[] = "countersign_probe";

using Kind = Reach::Outcome::Kind;

Reach::Outcome undecided(const std::string& why) { return {Kind::undecided, why, ""}; }

Json probe_post(const std::string& channel, const std::string& url, const std::string& nonce) {
  const Json action = {{"id", "probe"},
                       {"type", "button"},
                       {"name", "probe"},
                       {"integration", {{"url", url}, {"context", {{kMark, nonce}}}}}};
  return {{"channel_id", channel},
          {"message", "Trying whether clicks reach me."},
          {"props", {{"attachments", {{{"actions", Json::array({action})}}}}}}};
}

// The integration's failure comes as 400, from newer servers as 502 or 503.
bool says_unreachable(const WebApi::Answer& answer) {
  return answer.refused(400) || answer.refused(502) || answer.refused(503);
}

}  // namespace

Reach::Reach(Settings settings, net::Io& io, const WebApi& api, People& people, Channels& channels,
             core::IdSource& ids)
    : settings_(std::move(settings)),
      io_(io),
      api_(api),
      people_(people),
      channels_(channels),
      ids_(ids),
      worker_(1) {}

void Reach::start() { worker_.start(); }
void Reach::stop() { worker_.stop(); }

void Reach::look() {
  worker_.add([this](const std::stop_token& stop) {
    const auto outcome = probe(stop);
    if (outcome.kind == Kind::reached || stop.stop_requested()) return;
    const std::lock_guard lock(mutex_);
    io_.after(settings_.again, [weak = weak_from_this(), mine = ++looks_] {
      const auto self = weak.lock();
      if (!self) return;
      {
        const std::lock_guard inner(self->mutex_);
        if (self->looks_ != mine) return;
      }
      self->look();
    });
  });
}

Reach::Outcome Reach::probe(const std::stop_token& stop) {
  const std::lock_guard one(trying_);
  Outcome outcome;
  if (!settings_.callback_url.starts_with("http")) {
    outcome = {Kind::not_reached, "server.public_url is not set",
               "set server.public_url to the address under which Mattermost reaches the bot"};
  } else {
    const auto self = people_.self(stop);
    if (!self) return undecided(self.error().message);
    const auto channel = channels_.direct(self->id, self->id, stop);
    if (!channel) return undecided(channel.error().message);
    const std::string nonce = ids_.token(16);
    const auto made =
        api_.call("POST", "/posts", probe_post(*channel, settings_.callback_url, nonce), stop);
    const auto post = made.ok() ? parse_post(made.body) : std::nullopt;
    if (!post) return undecided(made.why);
    outcome = pressed(post->id, nonce, stop);
    api_.call("DELETE", "/posts/" + post->id, nullptr, {});
  }
  settle(outcome);
  return outcome;
}

// The click succeeds with whoever answers there, so the answer has to prove itself: it changes the
// post to what only this bot can know.
Reach::Outcome Reach::pressed(const std::string& post, const std::string& nonce,
                              const std::stop_token& stop) {
  const auto click = api_.call("POST", "/posts/" + post + "/actions/probe", Json::object(), stop);
  const std::string where = settings_.callback_url;
  if (says_unreachable(click))
    return {Kind::not_reached, "Mattermost cannot reach the bot at " + where,
            "make server.public_url an address that the Mattermost server can open, and if it is a "
            "private one, list its host in Mattermost's "
            "ServiceSettings.AllowedUntrustedInternalConnections"};
  if (!click.ok()) return undecided(click.why);
  const auto read = api_.get("/posts/" + post, stop);
  const auto now = read.ok() ? parse_post(read.body) : std::nullopt;
  if (!now) return undecided(read.why);
  if (now->message == proof_of(nonce)) return {Kind::reached, "", ""};
  return {Kind::not_reached, "something that is not this bot answers at " + where,
          "make server.public_url the address of this bot"};
}

std::string Reach::proof_of(const std::string& nonce) const {
  return core::hex(core::hmac(core::HashAlgorithm::sha256, settings_.token, "probe:" + nonce));
}

std::optional<net::HttpResponse> Reach::answer(const Json& click) const {
  const auto context = click.is_object() ? click.find("context") : click.end();
  if (context == click.end() || !context->is_object() || context->size() != 1) return std::nullopt;
  const auto nonce = context->find(kMark);
  if (nonce == context->end() || !nonce->is_string()) return std::nullopt;
  const auto text = nonce->get<std::string>();
  if (text.size() > kLongestNonce) return std::nullopt;
  return net::HttpResponse{200, {}, Json{{"update", {{"message", proof_of(text)}}}}.dump()};
}

void Reach::settle(const Outcome& outcome) {
  if (outcome.kind == Kind::undecided) return;
  const bool reached = outcome.kind == Kind::reached;
  {
    const std::lock_guard lock(mutex_);
    const auto before = std::exchange(reached_, reached);
    if (before == reached || (reached && !before)) return;
  }
  if (reached) {
    obs::info("clicks reach the bot again", {{"chat", settings_.chat}});
  } else {
    obs::warning("clicks do not reach the bot, so its messages have no buttons",
                 {{"chat", settings_.chat}, {"why", outcome.why}, {"mend", outcome.mend}});
  }
}

bool Reach::buttons_work(const std::stop_token& stop) {
  const auto known = [this] {
    const std::lock_guard lock(mutex_);
    return reached_;
  };
  if (!known()) probe(stop);
  return known().value_or(true);
}

}  // namespace countersign::adapters::mattermost
