// The chat side of the bot: one ChatAdapter per chat service. The engine knows only this.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "bot/core/event.h"
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
  std::string
      thread_id;  // sent: root message of the thread it is in (its own id when it is a root)
  bool retryable = false;  // failed only
  std::string why;
  std::optional<std::chrono::milliseconds> retry_after;
};

// A person did something to a message of ours: pressed a button, put an emoji there or took it
// away.
struct Act {
  enum class Kind { button, emoji_added, emoji_removed } kind = Kind::button;
  std::string id;  // unique per act and stable over redelivery, prefixed with the chat's name
  Person person;
  bool human = true;
  ChatPlace place;
  std::string message_id;
  std::string emoji;  // name without colons
  Json context;       // button: what Button::context held
};
struct ActAnswer {
  std::string tell;  // shown to that person alone; empty: nothing
};

// What an adapter hands in. Thread-safe; never blocks. Commands go through the Inbox (they become
// events).
class ChatDesk {
 public:
  virtual ~ChatDesk() = default;
  // Judged at once; `answer` is called exactly once, from any thread, within a second or two.
  virtual void act(Act act, std::function<void(ActAnswer)> answer) = 0;
  // The adapter's connection came up or went down (with the reason); said once per change.
  virtual void connection_changed(const std::string& chat, bool up, const std::string& why) = 0;
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
  // A member as written in the configuration ("alice" or a user id) to a person; blocking.
  virtual Result<Person> find_person(const std::string& name) = 0;
  virtual bool connected() const = 0;
  // Returns when no callback is running or will run.
  virtual void stop() = 0;
};

}  // namespace countersign::core
