#include "adapters/sandbox/slack/sockets.h"

#include <algorithm>

#include "adapters/sandbox/fields.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr const char* kHost = "applink-sandbox";
constexpr Millis kTicketLife = 60'000;
constexpr int kConnectionTime = 18'060;  // seconds, as Slack says
constexpr int kNormal = 1000;            // WebSocket close code

Json farewell(const std::string& reason) {
  return {{"type", "disconnect"}, {"reason", reason}, {"debug_info", {{"host", kHost}}}};
}

}  // namespace

std::string Sockets::new_ticket() {
  const std::string ticket = chat_.world.ids.uuid();
  tickets_[ticket] = chat_.world.now();
  return ticket;
}

bool Sockets::upgrade(const net::HttpRequest& request, std::shared_ptr<net::ServerSocket> socket,
                      net::HttpResponse& refusal) {
  const Millis now = chat_.world.now();
  std::erase_if(tickets_, [&](const auto& entry) { return now - entry.second > kTicketLife; });
  std::string ticket;
  for (const auto& [name, value] : net::parse_query(request.query)) {
    if (name == "ticket") ticket = value;
  }
  if (tickets_.erase(ticket) == 0) {
    refusal = json_response(401, {{"ok", false}, {"error", "invalid_ticket"}});
    return false;
  }
  open(socket);
  return true;
}

void Sockets::open(const std::shared_ptr<net::ServerSocket>& socket) {
  if (open_count() >= kMost) {
    socket->send(farewell("too_many_websockets").dump());
    return socket->close(kNormal);
  }
  const int number = next_number_++;
  links_.push_back({number, socket});
  socket->on_text = [this, number](const std::string& text) { hear(number, text); };
  socket->on_close = [this, number] { closed(number); };
  say(links_.back(),
      {{"type", "hello"},
       {"num_connections", open_count()},
       {"debug_info",
        {{"host", kHost}, {"build_number", 1}, {"approximate_connection_time", kConnectionTime}}},
       {"connection_info", {{"app_id", app_id_}}}});
}

void Sockets::say(const Link& link, const Json& frame) {
  link.socket->send(frame.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// An ack counts on whichever socket it comes; what is no ack is ignored.
void Sockets::hear(int number, const std::string& text) {
  const Json frame = Json::parse(text, nullptr, false);
  const std::string id = text_at(frame, "envelope_id");
  if (id.empty()) return;
  const Json* const payload = field_at(frame, "payload");
  acks_.add({{"envelope_id", id},
             {"payload", payload ? *payload : Json(nullptr)},
             {"connection", number}});
  const auto at = pending_.find(id);
  if (at == pending_.end()) return;
  at->second.timer.cancel();
  const Acked acked = std::move(at->second.envelope.acked);
  const bool wanted = at->second.envelope.accepts_response_payload;
  pending_.erase(at);
  if (acked) acked(payload && wanted ? *payload : Json::object());
}

void Sockets::closed(int number) {
  const auto link = std::ranges::find(links_, number, &Link::number);
  if (link != links_.end()) link->socket = nullptr;
}

std::size_t Sockets::open_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(links_, [](const Link& link) { return link.socket != nullptr; }));
}

// In turn, those first that were not told to go.
Sockets::Link* Sockets::next_link() {
  for (const bool leaving : {false, true}) {
    std::vector<Link*> open;
    for (Link& link : links_) {
      if (link.socket && link.leaving == leaving) open.push_back(&link);
    }
    if (!open.empty()) return open[turn_++ % open.size()];
  }
  return nullptr;
}

std::string Sockets::send(Envelope envelope) {
  const std::string id = chat_.world.ids.uuid();
  pending_[id].envelope = std::move(envelope);
  deliver(id);
  return id;
}

// Without any connection the attempt counts as not acked.
void Sockets::deliver(const std::string& id) {
  const auto at = pending_.find(id);
  if (at == pending_.end()) return;
  Pending& pending = at->second;
  if (const Link* const link = next_link()) {
    const Envelope& envelope = pending.envelope;
    Json frame = {{"envelope_id", id},
                  {"type", envelope.type},
                  {"payload", envelope.payload},
                  {"accepts_response_payload", envelope.accepts_response_payload}};
    if (envelope.type == "events_api") {
      frame["retry_attempt"] = pending.attempt;
      frame["retry_reason"] = pending.attempt == 0 ? "" : "timeout";
    }
    deliveries_.add(
        {{"envelope_id", id}, {"connection", link->number}, {"retry_attempt", pending.attempt}});
    say(*link, frame);
  }
  pending.timer = chat_.io.after(pending.envelope.ack_timeout, [this, id] { timed_out(id); });
}

void Sockets::timed_out(const std::string& id) {
  const auto at = pending_.find(id);
  if (at == pending_.end()) return;
  Pending& pending = at->second;
  if (pending.attempt < pending.envelope.retry_delays.size()) {
    const auto delay = pending.envelope.retry_delays[pending.attempt++];
    pending.timer = chat_.io.after(delay, [this, id] { deliver(id); });
    return;
  }
  const Acked acked = std::move(pending.envelope.acked);
  pending_.erase(at);
  if (acked) acked(std::nullopt);
}

// Deliveries go on over the old connections until they close.
void Sockets::disconnect(const std::string& reason, std::chrono::milliseconds close_after) {
  for (Link& link : links_) {
    if (!link.socket) continue;
    link.leaving = true;
    say(link, farewell(reason));
    chat_.io.after(close_after, [weak = std::weak_ptr(link.socket)] {
      if (const auto socket = weak.lock()) socket->close(kNormal);
    });
  }
}

// Collected first: closing changes the list.
std::size_t Sockets::abort() {
  std::vector<std::shared_ptr<net::ServerSocket>> open;
  for (const Link& link : links_) {
    if (link.socket) open.push_back(link.socket);
  }
  for (const auto& socket : open) socket->close(0);
  return open.size();
}

// Whoever waits for an ack that nobody waits for any more is told so.
void Sockets::forget() {
  std::map<std::string, Pending> given_up;
  given_up.swap(pending_);
  for (auto& [id, pending] : given_up) {
    pending.timer.cancel();
    if (pending.envelope.acked) pending.envelope.acked(std::nullopt);
  }
  acks_.clear();
  deliveries_.clear();
  std::erase_if(links_, [](const Link& link) { return !link.socket; });
}

Json Sockets::connections() const {
  Json list = Json::array();
  for (const Link& link : links_) {
    list.push_back({{"id", link.number}, {"state", link.socket ? "open" : "closed"}});
  }
  return list;
}

}  // namespace countersign::adapters::sandbox::slack
