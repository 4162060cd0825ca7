#include "adapters/sandbox/hub.h"

#include <algorithm>
#include <vector>

#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

// Without the closing brace: the number follows, different for every connection.
std::shared_ptr<const std::string> frame_of(const Event& event) {
  Json omitted = nullptr;
  if (!event.omit_user.empty()) omitted = {{event.omit_user, true}};
  std::string text = Json{{"event", event.name},
                          {"data", event.data},
                          {"broadcast",
                           {{"omit_users", omitted},
                            {"user_id", event.user_id},
                            {"channel_id", event.channel_id},
                            {"team_id", event.team_id}}}}
                         .dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return std::make_shared<const std::string>(std::move(text));
}

bool is_unimportant(const std::string& name) {
  return name == "typing" || name == "status_change" || name == "channel_viewed";
}

}  // namespace

// The narrowest address wins: an event for one user reaches that user wherever it happened.
bool Hub::concerns(const Event& event, const Connection& connection) const {
  if (event.omit_user == connection.user_id) return false;
  const User* const user = world_.user(connection.user_id);
  if (!user) return false;
  if (!event.user_id.empty()) return event.user_id == connection.user_id;
  if (!user->active()) return false;
  if (event.channel_id.empty()) return true;
  const Channel* const channel = world_.channel(event.channel_id);
  return channel && world_.is_member(*channel, connection.user_id);
}

void Hub::deliver(Connection& connection, const Text& frame) {
  const std::int64_t number = connection.next_seq++;
  connection.delivered.emplace_back(number, frame);
  if (connection.delivered.size() > kDeliveredKept) connection.delivered.pop_front();
  connection.socket->send(*frame + ",\"seq\":" + std::to_string(number) + "}");
}

// A slow reader loses typing and status first.
void Hub::offer(Connection& connection, const Text& frame, bool unimportant) {
  if (connection.deaf) return;
  if (!connection.socket) {
    connection.waiting.push_back(frame);
    return;
  }
  if (unimportant && connection.socket->queued() >= kSlowReader) return;
  for (int copy = 0; copy < connection.copies; ++copy) deliver(connection, frame);
}

void Hub::publish(const Event& event) {
  const Text frame = frame_of(event);
  const bool unimportant = is_unimportant(event.name);
  std::vector<std::shared_ptr<net::ServerSocket>> too_slow;  // closing one may come back here
  for (const auto& [id, connection] : connections_) {
    if (!concerns(event, *connection)) continue;
    if (connection->socket && connection->socket->queued() >= kWaitingLimit) {
      too_slow.push_back(connection->socket);
    } else {
      offer(*connection, frame, unimportant);
    }
  }
  std::erase_if(connections_, [](const auto& entry) {
    return !entry.second->socket && entry.second->waiting.size() > kWaitingLimit;
  });
  for (const auto& socket : too_slow) socket->close(0);
  if (overheard) overheard(event);
}

void Hub::hello(Connection& connection) {
  Event event;
  event.name = "hello";
  event.data = {{"connection_id", connection.id}, {"server_version", kVersionId}};
  event.user_id = connection.user_id;
  deliver(connection, frame_of(event));
}

// False: what lies between `sequence` and now cannot be told; the client must start anew.
bool Hub::try_resume(Connection& connection, std::int64_t sequence) {
  const auto& kept = connection.delivered;
  if (sequence == 0) {  // numbering starts again; what was delivered is not repeated
    connection.delivered.clear();
    connection.next_seq = 0;
    return true;
  }
  if (sequence == connection.next_seq) return true;
  if (kept.empty() || sequence < kept.front().first || sequence > kept.back().first) return false;
  for (const auto& [number, frame] : kept) {
    if (number < sequence) continue;
    connection.socket->send(*frame + ",\"seq\":" + std::to_string(number) + "}");
  }
  return true;
}

std::shared_ptr<Connection> Hub::connect(const std::string& user_id, const std::string& token,
                                         std::shared_ptr<net::ServerSocket> socket,
                                         const ResumeRequest& resume) {
  forget_old();
  const auto known = connections_.find(resume.connection_id);
  // A connection that we still believe open cannot be resumed: the client gets a fresh one.
  const bool resumable =
      known != connections_.end() && known->second->user_id == user_id && !known->second->socket;
  auto connection = resumable ? known->second : std::make_shared<Connection>();
  connection->user_id = user_id;
  connection->token = token;
  connection->socket = std::move(socket);
  const bool resumed = resumable && try_resume(*connection, resume.sequence);
  if (!resumed) {
    if (resumable) connections_.erase(known);
    connection->id = world_.ids.fresh();
    connection->next_seq = 0;
    connection->delivered.clear();
    hello(*connection);
  }
  connections_[connection->id] = connection;
  for (const Text& frame : connection->waiting) deliver(*connection, frame);
  connection->waiting.clear();
  if (resumable && !resumed) {  // a defect of 5.37 that clients must live with: registered twice
    connection->copies = 2;
    hello(*connection);
  }
  return connection;
}

// What a cut connection would have heard waits for it, its own "offline" included.
void Hub::disconnected(const std::string& connection_id) {
  const auto at = connections_.find(connection_id);
  if (at == connections_.end()) return;
  const std::shared_ptr<Connection> connection = at->second;
  connection->socket = nullptr;
  connection->cut_at = world_.now();
  if (connection->deaf) connections_.erase(at);  // nothing it could be resumed from
  User* const user = world_.user(connection->user_id);
  if (user && !online(user->id) && !user->status_manual) set_status(*user, "offline", false);
  forget_old();
}

void Hub::set_status(User& user, const std::string& status, bool manual) {
  user.status_manual = manual;
  user.last_activity_at = world_.now();
  if (user.status == status) return;
  user.status = status;
  Event event;
  event.name = "status_change";
  event.data = {{"status", status}, {"user_id", user.id}};
  event.user_id = user.id;
  publish(event);
}

bool Hub::online(const std::string& user_id) const {
  return std::ranges::any_of(connections_, [&](const auto& entry) {
    return entry.second->user_id == user_id && entry.second->socket;
  });
}

// Collected first: closing changes the map.
std::size_t Hub::cut(const std::string& user_id) {
  std::vector<std::shared_ptr<net::ServerSocket>> sockets;
  for (const auto& [id, connection] : connections_) {
    if (connection->user_id == user_id && connection->socket) sockets.push_back(connection->socket);
  }
  for (const auto& socket : sockets) socket->close(0);
  return sockets.size();
}

std::size_t Hub::deafen(const std::string& user_id) {
  std::size_t count = 0;
  for (const auto& [id, connection] : connections_) {
    if (connection->user_id != user_id || !connection->socket) continue;
    connection->deaf = true;
    ++count;
  }
  return count;
}

void Hub::forget_old() {
  const Millis now = world_.now();
  std::erase_if(connections_, [&](const auto& entry) {
    return !entry.second->socket && now - entry.second->cut_at > inactive_for_;
  });
}

}  // namespace countersign::adapters::sandbox
