// Making, changing and deleting posts, with the events that go with it. Who may do so is decided by
// the caller.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sandbox/customs.h"
#include "adapters/sandbox/hub.h"
#include "adapters/sandbox/refusal.h"
#include "adapters/sandbox/world.h"

namespace countersign::adapters::sandbox {

struct Draft {
  std::string user_id, channel_id, root_id, message, type, pending_post_id;
  Json props = Json::object();
  std::vector<std::string> file_ids;
};

// What is left out stays as it is.
struct Change {
  std::optional<std::string> message;
  std::optional<Json> props;
  std::optional<bool> pinned;
};

class Posting {
 public:
  static constexpr const char* kTombstone = "This message was deleted.";
  static constexpr Millis kPendingKept = 30'000;

  // `changed` is called after every change of the world.
  Posting(World& world, Hub& hub, Customs customs, std::function<void()> changed);

  struct Made {
    Post* post = nullptr;
    bool again = false;  // the pending_post_id was seen: this is the post of the first time
  };
  Made create(Draft draft);                 // throws Refusal
  Post& update(Post& post, Change change);  // throws Refusal
  void remove(Post& post, const User& by);  // with its replies, or leaving a tombstone with them
  void system(const User& actor, const Channel& channel, const std::string& type,
              const std::string& message, Json props);
  // Shown to one user, kept nowhere.
  Json whisper(const std::string& to, Draft draft);
  void viewed(const User& user, Channel& channel);

  void add_reaction(Post& post, const User& user, const std::string& emoji);
  void remove_reaction(Post& post, const User& user, const std::string& emoji);

 private:
  Post checked(const Draft& draft);
  void check_root(const Draft& draft) const;
  void check_size(const std::string& id, const std::string& message, const Json& props) const;
  void attach_files(Post& post, const Draft& draft);
  std::vector<std::string> mentioned(const Post& post, const Channel& channel) const;
  void count(const Post& post, Channel& channel, const std::vector<std::string>& mentions);
  void follow(const Post& reply, const std::vector<std::string>& mentions);
  void tell_posted(const Post& post, const Channel& channel, const std::string& pending,
                   const std::vector<std::string>& mentions);
  void tell_viewed(const Post& post, const Channel& channel);
  void tell_followers(const Post& reply, const Channel& channel);
  void tell_reaction(const std::string& name, const Post& post, const Json& reaction);

  World& world_;
  Hub& hub_;
  const Customs customs_;
  std::function<void()> changed_;
  struct Pending {
    std::string post_id;
    Millis at = 0;
  };
  std::map<std::string, Pending> pending_;  // by author and pending_post_id
};

}  // namespace countersign::adapters::sandbox
