#include "bot/store/outbox.h"

#include <array>

#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

using Op = core::Outgoing::Op;
constexpr std::array<std::pair<Op, std::string_view>, 3> kOps{
    {{Op::post, "post"}, {Op::update, "update"}, {Op::tell, "tell"}}};

std::string_view name_of(Op op) {
  for (const auto& [known, name] : kOps) {
    if (known == op) return name;
  }
  throw StoreError(ErrorKind::internal, "unknown kind of message");
}

Op op_of(const std::string& text) {
  for (const auto& [op, name] : kOps) {
    if (name == text) return op;
  }
  throw StoreError(ErrorKind::internal, "unknown kind of message: " + text);
}

OutboxMessage message_of(const Row& r) {
  OutboxMessage m;
  m.id = {r.number("outbox_id")};
  m.out.op = op_of(r.text("op"));
  m.out.client_id = r.text("client_id");
  m.out.place = {r.text("chat"), r.text("channel"), r.text("thread")};
  m.out.message_id = r.text("message_id");
  m.out.person = r.text("person");
  m.out.message = r.json("message").get<core::Message>();
  m.target = r.text_or("target", "");
  m.lane = r.text("lane");
  m.about = r.text("about");
  m.correlation = correlation_of(r);
  m.approval = id_of<core::ApprovalId>(r, "approval_id");
  m.run = id_of<core::RunId>(r, "run_id");
  m.priority = static_cast<Priority>(r.number("priority"));
  m.mirror = r.flag("mirror");
  m.attempt = static_cast<int>(r.number("attempt"));
  m.created_at = r.instant("created_at");
  return m;
}

// The run's plan has a thread now: later messages, commands and questions find each other by it.
void note_thread(Tx& tx, const OutboxMessage& m, const core::ChatPlace& place) {
  const Rows noted =
      m.mirror ? tx.exec(stmt::event_of_run, {m.run.value})
               : tx.exec(stmt::note_place, {m.run.value, place.chat, place.channel, place.thread});
  if (!noted.empty()) link_thread(tx, place, core::EventId{noted[0].number("event_id")}, m.run);
}

}  // namespace

void enqueue(Tx& tx, const OutboxMessage& m) {
  tx.exec(stmt::enqueue,
          {m.out.client_id, name_of(m.out.op), m.out.place.chat, m.out.place.channel,
           m.out.place.thread, m.out.message_id, m.out.person, Json(m.out.message),
           text_or_null(m.target), m.lane, m.about, uuid_param(m.correlation), id_param(m.approval),
           id_param(m.run), static_cast<int>(m.priority), m.mirror});
}

std::optional<SenderTerm> hold_sender(Tx& tx, const std::string& chat, const std::string& replica,
                                      std::int64_t held, core::Duration lease) {
  // A look first: waiting for somebody else's term costs no write.
  const Rows now = tx.exec(stmt::sender_of, {chat});
  if (!now.empty() && now[0].flag("held") && now[0].text("replica") != replica) return std::nullopt;
  const Rows mine = tx.exec(stmt::hold_sender, {chat, replica, held, lease});
  if (mine.empty()) return std::nullopt;
  return SenderTerm{mine[0].number("term"), mine[0].instant("since")};
}

void release_sender(Tx& tx, const std::string& chat, std::int64_t term) {
  tx.exec(stmt::release_sender, {chat, term});
}

std::vector<OutboxMessage> due_messages(Tx& tx, const std::string& chat, int n,
                                        const Holds& holds) {
  tx.exec(stmt::drop_overtaken, {chat});
  std::vector<std::string> ops;
  for (const Op op : holds.ops) ops.emplace_back(name_of(op));
  std::vector<OutboxMessage> messages;
  for (const Row r :
       tx.exec(stmt::due_messages, {chat, n, text_array(holds.channels), text_array(ops)}))
    messages.push_back(message_of(r));
  return messages;
}

bool mark_sent(Tx& tx, const OutboxMessage& m, std::int64_t term, const core::Delivery& delivery) {
  const Rows sent = tx.exec(stmt::mark_sent, {m.id.value, term, delivery.message_id,
                                              delivery.channel_id, delivery.thread_id});
  if (sent.affected() != 1) return false;
  if (m.out.op != Op::post) return true;
  const std::string& chat = m.out.place.chat;
  if (m.approval)
    add_message_ref(tx, m.approval,
                    core::message_ref(chat, delivery.channel_id, delivery.message_id));
  if (m.run) note_thread(tx, m, {chat, delivery.channel_id, delivery.thread_id});
  return true;
}

bool retry_later(Tx& tx, const OutboxMessage& m, std::int64_t term, core::Duration delay,
                 const std::string& why) {
  return tx.exec(stmt::retry_later, {m.id.value, term, delay, why}).affected() == 1;
}

bool postpone_message(Tx& tx, const OutboxMessage& m, std::int64_t term, core::Duration delay) {
  return tx.exec(stmt::postpone_message, {m.id.value, term, delay}).affected() == 1;
}

bool mark_dead(Tx& tx, const OutboxMessage& m, std::int64_t term, const std::string& why) {
  if (tx.exec(stmt::mark_dead, {m.id.value, term, why}).affected() != 1) return false;
  add_dead_letter(tx, {"outbox", "outbox:" + m.id.text(), why, {}});
  return true;
}

bool has_message(Tx& tx, const std::string& client_id) {
  return tx.exec(stmt::has_message, {client_id})[0].flag("there");
}

std::int64_t unsent(Tx& tx, const std::string& chat) {
  return tx.exec(stmt::unsent, {chat})[0].number("n");
}

std::string chat_position(Tx& tx, const std::string& chat) {
  const Rows found = tx.exec(stmt::chat_position, {chat});
  return found.empty() ? "" : found[0].text("position");
}

void note_chat_position(Tx& tx, const std::string& chat, const std::string& position) {
  tx.exec(stmt::note_chat_position, {chat, position});
}

std::optional<ThreadLink> thread_link(Tx& tx, const core::ChatPlace& place) {
  const Rows found = tx.exec(stmt::thread_link, {place.chat, place.channel, place.thread});
  if (found.empty()) return std::nullopt;
  return ThreadLink{core::EventId{found[0].number("event_id")},
                    id_of<core::RunId>(found[0], "run_id")};
}

void link_thread(Tx& tx, const core::ChatPlace& place, core::EventId event, core::RunId run) {
  tx.exec(stmt::link_thread, {place.chat, place.channel, place.thread, event.value, id_param(run)});
}

}  // namespace countersign::store
