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
  int attempt = 0;
  std::int64_t fence = 0;
};

void enqueue(Tx& tx, const OutboxMessage& message);

// The oldest unsent message of each lane of this chat that is due; marked as sending, fence + 1, lease. An update whose post is
// not sent yet is not due; an update overtaken by a newer one of the same post is dropped here.
std::vector<OutboxMessage> claim_messages(Tx& tx, const std::string& chat, int n, core::Duration lease,
                                          const Holds& holds = {});
// False when the fence has moved on. Also records thread and message reference where `approval` or `run` ask for it.
bool mark_sent(Tx& tx, const OutboxMessage& message, const core::Delivery& delivery);
bool retry_later(Tx& tx, const OutboxMessage& message, core::Duration delay, const std::string& why);
// Back into the queue as if it had not been claimed: the platform was busy, the message is not to blame.
bool put_back(Tx& tx, const OutboxMessage& message, core::Duration delay);
bool mark_dead(Tx& tx, const OutboxMessage& message, const std::string& why);

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
