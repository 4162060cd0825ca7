// The chat side of the bot: one ChatAdapter per chat service. The engine knows only this.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/form.h"
#include "bot/core/message.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/result.h"

namespace countersign::core {

struct Outgoing {
  enum class Op { post, update, tell } op = Op::post;
  std::string client_id;   // ours, unique per message, found again after an ambiguous post
  ChatPlace place;         // post: channel and thread; tell: where the person is
  std::string message_id;  // update: the platform's id of the message to change
  std::string person;      // tell: person key of the only reader
  Message message;
};

struct Delivery {
  enum class Kind { sent, failed, unknown } kind = Kind::sent;
  std::string message_id;  // sent: the platform's id (empty for tell)
  std::string channel_id;  // sent: the platform's id of the channel, resolved
  // sent: root message of the thread it is in (its own id when it is a root)
  std::string thread_id;
  bool retryable = false;  // failed only
  std::string why;
  std::optional<std::chrono::milliseconds> retry_after;
  // failed, with retry_after, because of a rate limit: what else has to wait that long. Being
  // limited is no failure and is not counted as a try.
  enum class Hold { none, message, channel, op, chat } hold = Hold::none;
};

// How fast one channel takes new messages: `burst` at once, then one each `every`.
struct Pace {
  std::chrono::milliseconds every{0};  // 0: as fast as they come
  int burst = 1;
};

// A person did something to a message of ours: pressed a button, chose from a menu, sent a form
// in, put an emoji there or took it away.
struct Act {
  enum class Kind { button, emoji_added, emoji_removed, form } kind = Kind::button;
  std::string id;  // unique per act and stable over redelivery, prefixed with the chat's name
  Person person;
  bool human = true;
  ChatPlace place;         // thread: as far as the platform tells
  std::string message_id;  // empty for a form
  std::string emoji;       // name without colons
  Json context;            // button, form: what Button::context or Form::context held
  std::string choice;      // menu: the value chosen, unchecked
  std::map<std::string, std::string> values;  // form: by field id, unchecked
  // Found by looking after an interruption, not told by the platform: if it was heard before,
  // there is nothing to say about it.
  bool caught_up = false;
};
struct ActAnswer {
  std::string tell;                           // shown to that person alone; empty: nothing
  std::optional<Form> form;                   // button: to be opened for that person now
  std::map<std::string, std::string> errors;  // form: what is wrong, by field id; it stays open
  // False: nothing was decided or stored (the database is away, too much to do); the platform may
  // bring the act again.
  bool kept = true;
};

// A message whose question is still open, by the platform's ids.
struct OpenQuestion {
  std::string channel_id;
  std::string message_id;
};

// What an adapter hands in. Thread-safe. Commands go through the Inbox (they become events).
class ChatDesk {
 public:
  virtual ~ChatDesk() = default;
  // Never blocks. `answer` is called exactly once, from any thread, usually within a second or
  // two, and only after what was decided is durable.
  virtual void act(Act act, std::function<void(ActAnswer)> answer) = 0;
  // The adapter's connection came up or went down (with the reason); said once per change. Never
  // blocks.
  virtual void connection_changed(const std::string& chat, bool up, const std::string& why) = 0;

  // Up to where this chat was heard, in whatever form its adapter chose; empty the first time.
  // What was heard but not marked is heard again after a restart. Blocking.
  virtual Result<std::string> position(const std::string& chat) = 0;
  virtual void heard_up_to(const std::string& chat, const std::string& position) = 0;
  // Where votes may have come in while nobody listened. Blocking.
  virtual std::vector<OpenQuestion> open_questions(const std::string& chat) = 0;
};

// One thing that was tried, for `countersign doctor`.
struct Finding {
  enum class Level { good, warning, bad } level = Level::good;
  std::string what;  // "reads #ops"
  std::string mend;  // what to do about it; empty when good
};

class ChatAdapter {
 public:
  virtual ~ChatAdapter() = default;
  virtual const std::string& name() const = 0;
  // Begins connecting and keeps at it with back-off until stop(); returns at once.
  virtual void start(Inbox& inbox, ChatDesk& desk) = 0;
  // Blocking, from the delivery thread of this chat; several calls never overlap.
  virtual Delivery deliver(const Outgoing& out, std::stop_token stop) = 0;
  // The message with this client id if the platform can still find it: used after
  // Delivery::unknown.
  virtual std::optional<Delivery> find(const Outgoing& out, std::stop_token stop) = 0;
  virtual Pace pace() const = 0;  // the engine keeps it, so that what matters can overtake
  // A member as written in the configuration ("alice" or a user id) to a person; blocking.
  virtual Result<Person> find_person(const std::string& name) = 0;
  // The people of a group as written in the configuration ("@sre": a user group of Slack; "#name":
  // the members of a private channel of Mattermost); blocking, always asked anew.
  virtual Result<std::vector<Person>> find_group(const std::string& name) = 0;
  virtual bool connected() const = 0;
  // Tries what the bot needs of this chat; blocking, works without start(). `channels` are those
  // the configuration names.
  virtual std::vector<Finding> check(const std::vector<std::string>& channels,
                                     std::stop_token stop) = 0;
  // Returns when no callback is running or will run.
  virtual void stop() = 0;
};

}  // namespace countersign::core
