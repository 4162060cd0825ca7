// Posts by channel and by thread, and following threads.
#include <algorithm>
#include <charconv>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr PostView kCounted{.reply_count = true, .metadata = true};
constexpr std::size_t kSinceLimit = 1000;

struct Listing {
  std::vector<Post*> order;  // newest first
  std::string next_id, prev_id;
};

// The listed posts, and the roots of listed replies besides.
Json shape_of(Chat& chat, const Listing& listing, PostView view) {
  Json order = Json::array(), posts = Json::object();
  for (const Post* post : listing.order) {
    order.push_back(post->id);
    posts[post->id] = post_shape(chat.world, *post, view);
    const Post* const root = chat.world.live_post(post->root_id);
    if (root) posts[root->id] = post_shape(chat.world, *root, view);
  }
  return {{"order", std::move(order)},
          {"posts", std::move(posts)},
          {"next_post_id", listing.next_id},
          {"prev_post_id", listing.prev_id}};
}

// Neither deleted nor former states.
std::vector<Post*> live_posts(Chat& chat, const Channel& channel) {
  std::vector<Post*> live;
  for (Post* post : chat.world.posts_of(channel.id)) {
    if (post->delete_at == 0) live.push_back(post);
  }
  return live;  // oldest first, as they were made
}

// Created, changed or deleted since; former states of edited posts come along as deleted ones.
Listing since(Chat& chat, const Channel& channel, Millis time) {
  Listing listing;
  for (Post* post : chat.world.posts_of(channel.id)) {
    if (post->update_at > time) listing.order.push_back(post);
  }
  std::ranges::stable_sort(listing.order, std::greater{},
                           [](const Post* post) { return post->create_at; });
  if (listing.order.size() > kSinceLimit) listing.order.resize(kSinceLimit);
  return listing;
}

// live[first, last) with what lies on either side.
Listing window(const std::vector<Post*>& live, std::size_t first, std::size_t last) {
  Listing listing;
  for (std::size_t i = last; i > first; --i) listing.order.push_back(live[i - 1]);
  if (first > 0) listing.prev_id = live[first - 1]->id;
  if (last < live.size()) listing.next_id = live[last]->id;
  return listing;
}

// Page 0 is the newest.
Listing page(const std::vector<Post*>& live, const Call& call) {
  const std::size_t skip = std::min(live.size(), call.page() * call.per_page());
  const std::size_t last = live.size() - skip;
  return window(live, last - std::min(last, call.per_page()), last);
}

std::size_t position(const std::vector<Post*>& live, const std::string& id,
                     const std::string& name) {
  const auto at = std::ranges::find(live, id, [](const Post* post) { return post->id; });
  if (at == live.end()) throw bad_url(name);
  return static_cast<std::size_t>(at - live.begin());
}

// since= wins over after=, after= over before=; without any it is pages from the newest on.
std::optional<Answer> channel_posts(Chat& chat, Call& call) {
  const Channel& channel = readable_channel(chat, call);
  if (const std::string text = call.query_text("since"); !text.empty()) {
    Millis time = 0;
    std::from_chars(text.data(), text.data() + text.size(), time);
    return Answer{.body = shape_of(chat, since(chat, channel, time), {})};
  }
  const std::vector<Post*> live = live_posts(chat, channel);
  const std::size_t size = call.per_page();
  if (const std::string after = call.query_text("after"); !after.empty()) {
    const std::size_t from = position(live, after, "after") + 1 + call.page() * size;
    const std::size_t first = std::min(from, live.size());
    return Answer{
        .body = shape_of(chat, window(live, first, std::min(first + size, live.size())), kCounted)};
  }
  if (const std::string before = call.query_text("before"); !before.empty()) {
    const std::size_t at = position(live, before, "before");
    const std::size_t last = at - std::min(at, call.page() * size);
    return Answer{.body =
                      shape_of(chat, window(live, last - std::min(last, size), last), kCounted)};
  }
  return Answer{.body = shape_of(chat, page(live, call), kCounted)};
}

std::optional<Answer> pinned_posts(Chat& chat, Call& call) {
  Listing listing;
  for (Post* post : live_posts(chat, readable_channel(chat, call))) {
    if (post->pinned) listing.order.insert(listing.order.begin(), post);
  }
  return Answer{.body = shape_of(chat, listing, kCounted)};
}

// `order` names the post that was asked for twice, as recorded.
std::optional<Answer> thread(Chat& chat, Call& call) {
  Post& asked = readable_post(chat, call);
  Post* const root = chat.world.live_post(asked.thread());
  if (!root) throw no_post(asked.thread());
  Listing listing;
  listing.order = chat.world.replies(root->id);
  listing.order.insert(listing.order.begin(), &asked);
  listing.order.push_back(root);
  return Answer{.body = shape_of(chat, listing, kCounted)};
}

// How the asking user stands to the thread; only one's own is anybody's business.
Follow& follow_of(Chat& chat, const Call& call) {
  if (call.param("user_id") != call.user->id) throw no_permission(*call.user, "edit_other_users");
  const Post* const root = chat.world.live_post(call.param("thread_id"));
  if (!root) throw no_post(call.param("thread_id"));
  if (!chat.world.can_read(*chat.world.channel(root->channel_id), *call.user)) {
    throw no_permission(*call.user, "read_channel");
  }
  return chat.world.follows[root->id][call.user->id];
}

Answer set_following(Chat& chat, const Call& call, bool following) {
  follow_of(chat, call).following = following;
  Event event;
  event.name = "thread_follow_changed";
  event.data = {{"thread_id", call.param("thread_id")},
                {"state", following},
                {"reply_count", chat.world.replies(call.param("thread_id")).size()}};
  event.user_id = call.user->id;
  event.team_id = chat.world.team.id;
  chat.hub.publish(event);
  chat.changed();
  return Answer{};
}

std::optional<Answer> start_following(Chat& chat, Call& call) {
  return set_following(chat, call, true);
}
std::optional<Answer> stop_following(Chat& chat, Call& call) {
  return set_following(chat, call, false);
}

std::optional<Answer> read_thread(Chat& chat, Call& call) {
  Follow& follow = follow_of(chat, call);
  const std::string& text = call.param("time");
  std::from_chars(text.data(), text.data() + text.size(), follow.last_viewed_at);
  follow.mentions = 0;
  Event event;
  event.name = "thread_read_changed";
  event.data = {{"thread_id", call.param("thread_id")},
                {"timestamp", follow.last_viewed_at},
                {"unread_mentions", 0},
                {"unread_replies", 0},
                {"channel_id", chat.world.post(call.param("thread_id"))->channel_id}};
  event.user_id = call.user->id;
  event.team_id = chat.world.team.id;
  chat.hub.publish(event);
  chat.changed();
  return Answer{
      .body = thread_shape(chat.world, *chat.world.post(call.param("thread_id")), call.user->id)};
}

constexpr Route kRoutes[] = {
    {"GET", "channels/{channel_id}/posts", channel_posts},
    {"GET", "channels/{channel_id}/pinned", pinned_posts},
    {"GET", "posts/{post_id}/thread", thread},
    {"PUT", "users/{user_id}/teams/{team_id}/threads/{thread_id}/following", start_following},
    {"DELETE", "users/{user_id}/teams/{team_id}/threads/{thread_id}/following", stop_following},
    {"PUT", "users/{user_id}/teams/{team_id}/threads/{thread_id}/read/{time}", read_thread},
};

}  // namespace

std::span<const Route> listing_routes() { return kRoutes; }

}  // namespace countersign::adapters::sandbox
