#include "adapters/mattermost/listener.h"

#include "bot/core/digest.h"
#include "bot/obs/log.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::size_t kRemembered = 5'000;
constexpr std::size_t kSinceLimit =
    1'000;  // Mattermost's own, and which thousand is anybody's guess
constexpr int kPages = 50;
constexpr int kPerPage = 200;

core::Instant instant_of(std::int64_t milliseconds) {
  return core::Instant(std::chrono::milliseconds(milliseconds));
}

std::string key_of(const Reaction& r) { return r.user_id + ":" + r.emoji; }

core::Incoming incoming_from(const std::string& chat, const Post& post, const core::Person& person,
                             core::CorrelationId correlation) {
  core::Incoming in;
  in.source = chat;
  in.trigger = core::kChatCommand;
  in.delivery_id = post.id;
  in.dedup_key = core::sha256_of_parts(chat, "post", post.id);
  in.body_hash = core::sha256_hex(post.message);
  in.correlation = std::move(correlation);
  in.raw = post.message;
  in.body = {{"text", post.message},
             {"message", post.id},
             {"place", core::ChatPlace{chat, post.channel_id, post.root_id}},
             {"person", person},
             {"sent_at", core::format_instant(instant_of(post.create_at))}};
  return in;
}

template <class Map>
void bound(Map& map) {
  while (map.size() > kRemembered) map.erase(map.begin());
}

}  // namespace

bool Recent::first_time(const std::string& key) {
  if (!keys_.insert(key).second) return false;
  order_.push_back(key);
  if (order_.size() > kRemembered) {
    keys_.erase(order_.front());
    order_.pop_front();
  }
  return true;
}

Listener::Listener(std::string chat, std::string prefix, const WebApi& api, People& people,
                   core::IdSource& ids, Sinks sinks)
    : chat_(std::move(chat)),
      prefix_(std::move(prefix)),
      api_(api),
      people_(people),
      ids_(ids),
      sinks_(std::move(sinks)) {}

void Listener::hear(const Frame& frame, const std::stop_token& stop) {
  switch (frame.kind) {
    case Frame::Kind::posted:
      return post(frame.post, stop);
    case Frame::Kind::reaction_added:
      return reaction_added(frame.reaction, frame.channel_id, stop);
    case Frame::Kind::reaction_removed:
      return reaction_removed(frame.reaction, frame.channel_id, stop);
    case Frame::Kind::user_updated:
      return people_.forget(frame.user.id);
    default:
      return;
  }
}

// Only what a person typed himself, once, counts as a command: no system message, no webhook, no
// bot, no later edit.
void Listener::post(const Post& post, const std::stop_token& stop) {
  if (!post.type.empty() || post.from_webhook || post.edit_at != 0 || post.delete_at != 0) return;
  const auto self = people_.self(stop);
  if (!self || post.user_id == self->id) return;
  if (!is_for_bot(post, self->username, prefix_) || !seen_.first_time("posted:" + post.id)) return;
  const auto author = people_.by_id(post.user_id, stop);
  if (!author) {
    obs::warning("a command was ignored: its author is unknown",
                 {{"chat", chat_}, {"post", post.id}, {"why", author.error().message}});
    return;
  }
  if (author->is_bot) return;
  sinks_.command(incoming_from(chat_, post, people_.person(*author), ids_.correlation()));
}

void Listener::act(core::Act::Kind kind, const Reaction& reaction, const std::string& channel,
                   const std::stop_token& stop) {
  const auto user = people_.by_id(reaction.user_id, stop);
  const bool added = kind == core::Act::Kind::emoji_added;
  core::Act act;
  act.kind = kind;
  act.id = chat_ + (added ? ":react:" : ":unreact:") + reaction.post_id + ":" + reaction.user_id +
           ":" + reaction.emoji + ":" +
           std::to_string(added ? reaction.create_at : reaction.update_at);
  act.person = user ? people_.person(*user)
                    : core::Person{people_.key_of(reaction.user_id), reaction.user_id};
  act.human = user.ok() && !user->is_bot;
  act.place = {chat_, channel, ""};
  act.message_id = reaction.post_id;
  act.emoji = reaction.emoji;
  sinks_.act(std::move(act));
}

void Listener::reaction_added(const Reaction& r, const std::string& channel,
                              const std::stop_token& stop) {
  const auto self = people_.self(stop);
  if (!self || r.user_id == self->id) return;
  const auto gone = removed_at_.find(r.post_id + ":" + key_of(r));
  if (gone != removed_at_.end() && gone->second >= r.update_at) return;
  reactions_[r.post_id][key_of(r)] = r;
  bound(reactions_);
  const auto key = "added:" + r.post_id + ":" + key_of(r) + ":" + std::to_string(r.create_at);
  if (seen_.first_time(key)) act(core::Act::Kind::emoji_added, r, channel, stop);
}

void Listener::reaction_removed(const Reaction& r, const std::string& channel,
                                const std::stop_token& stop) {
  const auto self = people_.self(stop);
  if (!self || r.user_id == self->id) return;
  const auto truth = api_.get("/posts/" + r.post_id + "/reactions", stop);
  if (truth.ok()) {
    for (const auto& there : parse_reactions(truth.body)) {
      if (key_of(there) == key_of(r)) return;  // put back meanwhile
    }
  }
  reactions_[r.post_id].erase(key_of(r));
  removed_at_[r.post_id + ":" + key_of(r)] = r.update_at;
  bound(removed_at_);
  const auto key = "removed:" + r.post_id + ":" + key_of(r) + ":" + std::to_string(r.update_at);
  if (seen_.first_time(key)) act(core::Act::Kind::emoji_removed, r, channel, stop);
}

// For a post of ours that changed while we were away: reports what is there and what no longer is.
void Listener::compare_reactions(const Post& post, const std::stop_token& stop) {
  const auto truth = api_.get("/posts/" + post.id + "/reactions", stop);
  if (!truth.ok()) return;
  std::map<std::string, Reaction> there;
  for (const auto& r : parse_reactions(truth.body)) there[key_of(r)] = r;
  auto known = reactions_[post.id];
  for (auto& [key, reaction] : known) {
    if (there.contains(key)) continue;
    reaction.update_at = post.update_at;
    reaction_removed(reaction, post.channel_id, stop);
  }
  for (const auto& [key, reaction] : there) reaction_added(reaction, post.channel_id, stop);
}

bool Listener::catch_up(std::int64_t since, const std::stop_token& stop) {
  const auto teams = api_.get("/users/me/teams", stop);
  if (!teams.ok() || !teams.body.is_array()) return false;
  std::set<std::string> channels;
  for (const auto& team : teams.body) {
    const auto list = api_.get("/users/me/teams/" + team.value("id", "") + "/channels", stop);
    if (!list.ok() || !list.body.is_array()) return false;
    for (const auto& channel : list.body) channels.insert(channel.value("id", ""));
  }
  bool complete = true;
  for (const auto& channel : channels) {
    if (stop.stop_requested()) return false;
    complete = catch_up_channel(channel, since, stop) && complete;
  }
  return complete;
}

bool Listener::catch_up_channel(const std::string& channel, std::int64_t since,
                                const std::stop_token& stop) {
  const auto self = people_.self(stop);
  const auto path = "/channels/" + channel + "/posts?";
  const auto recent = api_.get(path + "since=" + std::to_string(since), stop);
  if (!self || !recent.ok()) return false;
  std::map<std::string, Post> posts;
  for (auto& found : parse_posts(recent.body)) posts[found.id] = std::move(found);
  for (int page = 0; posts.size() >= kSinceLimit && page < kPages; ++page) {
    const auto more = api_.get(
        path + "page=" + std::to_string(page) + "&per_page=" + std::to_string(kPerPage), stop);
    if (!more.ok()) return false;
    const auto older = parse_posts(more.body);
    for (const auto& found : older) posts[found.id] = found;
    if (older.empty() || older.front().create_at < since) break;
  }
  std::vector<Post> in_order;
  for (auto& [id, found] : posts) in_order.push_back(std::move(found));
  std::ranges::sort(in_order, {}, &Post::create_at);
  for (const auto& found : in_order) {
    if (found.create_at > since) post(found, stop);
    if (found.user_id == self->id && found.update_at > since) compare_reactions(found, stop);
  }
  return true;
}

}  // namespace countersign::adapters::mattermost
