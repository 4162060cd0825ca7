// Whether the clicks of Mattermost's users reach us. Nobody tells, so it is tried: a message with a
// button in the bot's direct channel with itself, pressed by the bot and deleted again.
#pragma once
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/chat/worker.h"
#include "adapters/mattermost/channels.h"
#include "adapters/mattermost/people.h"
#include "adapters/net/http_server.h"
#include "adapters/net/io.h"
#include "bot/core/ports/services.h"

namespace countersign::adapters::mattermost {

class Reach : public std::enable_shared_from_this<Reach> {
 public:
  struct Settings {
    std::string chat;                 // its name in the configuration
    std::string callback_url;         // where clicks go; without a host none can come
    std::string token;                // the bot's: proves that the answer came from this bot
    std::chrono::milliseconds again;  // pause between two tries as long as it fails
  };
  struct Outcome {
    enum class Kind { reached, not_reached, undecided } kind = Kind::undecided;
    std::string why;
    std::string mend;
  };

  Reach(Settings settings, net::Io& io, const WebApi& api, People& people, Channels& channels,
        core::IdSource& ids);

  void start();
  void stop();  // returns when nothing runs
  // Tries on a thread of its own, and again after every failure. What comes out is logged once per
  // change. Thread-safe, never blocks.
  void look();

  // One try; blocking.
  Outcome probe(const std::stop_token& stop);
  // Whether messages may have buttons; as long as nothing is known it tries, blocking. Undecided
  // counts as yes.
  bool buttons_work(const std::stop_token& stop);

  // What a probe's click is answered, of this process or another one of the same bot; nothing for
  // any other click. Thread-safe; needs no start().
  std::optional<net::HttpResponse> answer(const Json& click) const;

 private:
  Outcome pressed(const std::string& post, const std::string& nonce, const std::stop_token& stop);
  std::string proof_of(const std::string& nonce) const;
  void settle(const Outcome& outcome);

  const Settings settings_;
  net::Io& io_;
  const WebApi& api_;
  People& people_;
  Channels& channels_;
  core::IdSource& ids_;
  chat::Worker worker_;
  std::mutex trying_;  // one try at a time
  mutable std::mutex mutex_;
  std::optional<bool> reached_;  // guarded by mutex_
  std::uint64_t looks_ = 0;      // guarded by mutex_; a timer of an older look does nothing
};

}  // namespace countersign::adapters::mattermost
