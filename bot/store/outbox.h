// What the bot has to say: written in the transaction that causes it, sent afterwards, in order within a lane (I16).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/ports/chat.h"
#include "bot/store/pg.h"

namespace countersign::store {

// What goes first, whatever was written first: what answers a person, then plans that wait for somebody's decision.
enum class Priority { answer, plan, rest };

// What must not be sent now: new messages to channels that have had enough, or whole kinds of calls.
struct Holds {
  std::vector<std::string> channels;  // as the outbox holds them
  std::vector<core::Outgoing::Op> ops;
};

struct OutboxMessage {
  core::OutboxId id;
  core::Outgoing out;          // client_id unique; for update: client_id of the update itself
  std::string target;          // update: client_id of the post to change
  std::string lane;            // one lane, one order: the thread or the channel
  Priority priority = Priority::rest;
  std::string about;           // "run:12", "approval:7", "event:3"
  core::CorrelationId correlation;
  core::ApprovalId approval;   // post: set its message_ref when this is sent
  core::RunId run;             // post: note the thread as this run's
  bool mirror = false;         // post: the run's own place is another one
  int attempt = 0;             // how often it failed
  core::Instant created_at{};
};

void enqueue(Tx& tx, const OutboxMessage& message);

// A replica's uninterrupted time as the one that speaks in a chat.
struct SenderTerm {
  std::int64_t number = 0;
  core::Instant since{};     // the database's clock
};
// Goes on with the term `held`, or begins a new one if nobody else has the chat; nothing if somebody has.
std::optional<SenderTerm> hold_sender(Tx& tx, const std::string& chat, const std::string& replica, std::int64_t held,
                                      core::Duration lease);
void release_sender(Tx& tx, const std::string& chat, std::int64_t term);

// The oldest unsent message of each lane of this chat that is due, what matters most first. An update whose post is not sent yet
// is not due; an update overtaken by a newer one of the same post is dropped here.
std::vector<OutboxMessage> due_messages(Tx& tx, const std::string& chat, int n, const Holds& holds = {});
// False when that term is over: the outcome does not count. Also records thread and message reference where `approval` or `run`
// ask for it.
bool mark_sent(Tx& tx, const OutboxMessage& message, std::int64_t term, const core::Delivery& delivery);
bool retry_later(Tx& tx, const OutboxMessage& message, std::int64_t term, core::Duration delay, const std::string& why);
// Later, as if it had not been tried: the platform was busy, the message is not to blame.
bool postpone_message(Tx& tx, const OutboxMessage& message, std::int64_t term, core::Duration delay);
bool mark_dead(Tx& tx, const OutboxMessage& message, std::int64_t term, const std::string& why);

// Whether there is (or was, and is still kept) a message of this client id.
bool has_message(Tx& tx, const std::string& client_id);

std::int64_t unsent(Tx& tx, const std::string& chat);

// Up to where a chat was heard, in its adapter's own words; empty: never yet.
std::string chat_position(Tx& tx, const std::string& chat);
void note_chat_position(Tx& tx, const std::string& chat, const std::string& position);

// Which event and runs a thread is about.
struct ThreadLink {
  core::EventId event;
  core::RunId run;     // newest; 0: none
};
std::optional<ThreadLink> thread_link(Tx& tx, const core::ChatPlace& place);
void link_thread(Tx& tx, const core::ChatPlace& place, core::EventId event, core::RunId run);

}  // namespace countersign::store
