#include "adapters/mattermost/listener.h"

#include <algorithm>
#include <set>

#include "adapters/chat/addressed.h"
#include "adapters/chat/command_event.h"
#include "bot/core/digest.h"
#include "bot/obs/log.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::size_t kRemembered = 5'000;
constexpr std::size_t kKept = 500;  // standing reactions that survive a restart
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
  return chat::command_event(chat,
                             {core::sha256_of_parts(chat, "post", post.id), post.id, post.id,
                              post.message, instant_of(post.create_at)},
                             {chat, post.channel_id, post.root_id}, person, std::move(correlation));
}

// Gone or out of our sight: asking again will not help.
bool is_gone(const WebApi::Answer& answer) { return answer.refused(403) || answer.refused(404); }

template <class Map>
void bound(Map& map) {
  while (map.size() > kRemembered) map.erase(map.begin());
}

}  // namespace

Listener::Listener(std::string chat, std::string prefix, const WebApi& api, People& people,
                   core::IdSource& ids, Sinks sinks)
    : chat_(std::move(chat)),
      prefix_(std::move(prefix)),
      api_(api),
      people_(people),
      ids_(ids),
      sinks_(std::move(sinks)) {}

bool Listener::hear(const Frame& frame, const std::stop_token& stop) {
  switch (frame.kind) {
    case Frame::Kind::posted:
      return post(frame.post, stop);
    case Frame::Kind::reaction_added:
      return added(frame.reaction, frame.channel_id, false, stop);
    case Frame::Kind::reaction_removed:
      return removed(frame.reaction, frame.channel_id, false, stop);
    case Frame::Kind::user_updated:
      people_.forget(frame.user.id);
      return true;
    default:
      return true;
  }
}

// Only what a person typed himself, once, counts as a command: no system message, no webhook, no
// bot, no later edit.
bool Listener::post(const Post& post, const std::stop_token& stop) {
  const auto self = people_.self(stop);
  if (!self) return false;
  if (post.user_id == self->id) {
    ours_.first_time(post.id);
    return true;
  }
  if (!post.type.empty() || post.from_webhook || post.edit_at != 0 || post.delete_at != 0)
    return true;
  const std::string key = "posted:" + post.id;
  const bool addressed =
      chat::is_for_bot(post.message, !post.root_id.empty(), self->username, prefix_);
  if (!addressed || seen_.contains(key)) return true;
  const auto author = people_.by_id(post.user_id, stop);
  if (!author && author.error().kind == ErrorKind::unavailable) return false;
  seen_.first_time(key);
  if (!author) {
    obs::warning("a command was ignored: its author is unknown",
                 {{"chat", chat_}, {"post", post.id}, {"why", author.error().message}});
    return true;
  }
  if (!author->is_bot)
    sinks_.command(incoming_from(chat_, post, people_.person(*author), ids_.correlation()),
                   post.create_at);
  return true;
}

bool Listener::act(core::Act::Kind kind, const Reaction& reaction, const std::string& channel,
                   bool caught_up, const std::stop_token& stop) {
  const bool adding = kind == core::Act::Kind::emoji_added;
  const auto when = adding ? reaction.create_at : reaction.update_at;
  const std::string what = reaction.post_id + ":" + key_of(reaction) + ":" + std::to_string(when);
  const std::string id = chat_ + (adding ? ":react:" : ":unreact:") + what;
  if (seen_.contains(id)) return true;
  const auto user = people_.by_id(reaction.user_id, stop);
  if (!user && user.error().kind == ErrorKind::unavailable) return false;
  seen_.first_time(id);
  core::Act act;
  act.kind = kind;
  act.id = id;
  act.person = user ? people_.person(*user)
                    : core::Person{people_.key_of(reaction.user_id), reaction.user_id};
  act.human = user.ok() && !user->is_bot;
  act.place = {chat_, channel, ""};
  act.message_id = reaction.post_id;
  act.emoji = reaction.emoji;
  act.caught_up = caught_up;
  sinks_.act(std::move(act), std::max(reaction.create_at, reaction.update_at));
  return true;
}

bool Listener::added(const Reaction& r, const std::string& channel, bool caught_up,
                     const std::stop_token& stop) {
  const auto self = people_.self(stop);
  if (!self) return false;
  if (r.user_id == self->id) return true;
  const auto gone = removed_at_.find(r.post_id + ":" + key_of(r));
  if (gone != removed_at_.end() && gone->second >= r.update_at) return true;
  if (!act(core::Act::Kind::emoji_added, r, channel, caught_up, stop)) return false;
  if (ours_.contains(r.post_id)) standing_[r.post_id][key_of(r)] = {r, channel};
  bound(standing_);
  return true;
}

bool Listener::removed(const Reaction& r, const std::string& channel, bool caught_up,
                       const std::stop_token& stop) {
  const auto self = people_.self(stop);
  if (!self) return false;
  if (r.user_id == self->id) return true;
  const auto truth = api_.get("/posts/" + r.post_id + "/reactions", stop);
  if (!truth.ok() && !is_gone(truth)) return false;
  for (const auto& there : parse_reactions(truth.body)) {
    if (key_of(there) == key_of(r)) return true;  // put back meanwhile
  }
  if (!act(core::Act::Kind::emoji_removed, r, channel, caught_up, stop)) return false;
  if (const auto post = standing_.find(r.post_id); post != standing_.end()) {
    if (post->second.erase(key_of(r)) > 0) leaving_.push_back({r, channel});
  }
  removed_at_[r.post_id + ":" + key_of(r)] = r.update_at;
  bound(removed_at_);
  return true;
}

bool Listener::compare(const std::string& post_id, const std::string& channel,
                       const std::stop_token& stop) {
  const auto post = api_.get("/posts/" + post_id, stop);
  const auto truth = api_.get("/posts/" + post_id + "/reactions", stop);
  if (is_gone(post) || is_gone(truth)) return true;
  const auto changed = parse_post(post.body);
  if (!changed || !truth.ok()) return false;
  ours_.first_time(post_id);
  std::map<std::string, Reaction> there;
  for (const auto& r : parse_reactions(truth.body)) there[key_of(r)] = r;
  bool complete = true;
  auto known = standing_[post_id];
  for (auto& [key, one] : known) {
    if (there.contains(key)) continue;
    one.reaction.update_at = changed->update_at;
    complete = removed(one.reaction, channel, true, stop) && complete;
  }
  for (const auto& [key, reaction] : there)
    complete = added(reaction, channel, true, stop) && complete;
  return complete;
}

bool Listener::catch_up(std::int64_t since, const std::vector<core::OpenQuestion>& open,
                        const std::stop_token& stop) {
  people_.forget_all();  // who was renamed or made something else meanwhile was not told either
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
  for (const auto& question : open) {
    if (stop.stop_requested()) return false;
    complete = compare(question.message_id, question.channel_id, stop) && complete;
  }
  return complete;
}

bool Listener::catch_up_channel(const std::string& channel, std::int64_t since,
                                const std::stop_token& stop) {
  const auto self = people_.self(stop);
  const auto path = "/channels/" + channel + "/posts?";
  const auto recent = api_.get(path + "since=" + std::to_string(since), stop);
  if (is_gone(recent)) return true;  // the bot was removed meanwhile
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
  std::ranges::stable_sort(in_order, {}, &Post::create_at);
  bool complete = true;
  for (const auto& found : in_order) {
    const bool changed = found.update_at > since && found.delete_at == 0;
    if (found.create_at > since) complete = post(found, stop) && complete;
    if (found.user_id == self->id && changed)
      complete = compare(found.id, channel, stop) && complete;
  }
  return complete;
}

Json Listener::standing(std::int64_t taken) {
  Json list = Json::array();
  const auto add = [&list](const Standing& one) {
    list.push_back(
        {one.reaction.post_id, one.channel_id, one.reaction.user_id, one.reaction.emoji});
  };
  std::erase_if(leaving_, [&](const Standing& one) { return one.reaction.update_at <= taken; });
  for (const auto& one : leaving_) add(one);
  for (const auto& [post, reactions] : standing_) {
    for (const auto& [key, one] : reactions) {
      if (list.size() >= kKept) return list;
      add(one);
    }
  }
  return list;
}

void Listener::recall(const Json& standing) {
  for (const auto& one : standing) {
    const bool whole = one.is_array() && one.size() == 4 &&
                       std::ranges::all_of(one, [](const Json& part) { return part.is_string(); });
    if (!whole) continue;
    Reaction reaction;
    reaction.post_id = one[0].get<std::string>();
    reaction.user_id = one[2].get<std::string>();
    reaction.emoji = one[3].get<std::string>();
    ours_.first_time(reaction.post_id);
    standing_[reaction.post_id][key_of(reaction)] = {reaction, one[1].get<std::string>()};
  }
}

}  // namespace countersign::adapters::mattermost
