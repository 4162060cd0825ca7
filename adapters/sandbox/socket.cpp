#include "adapters/sandbox/socket.h"

#include <charconv>
#include <optional>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

// One accepted socket, from before it is authenticated until it ends.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(Chat& chat, std::shared_ptr<net::ServerSocket> socket)
      : chat_(chat), socket_(std::move(socket)) {}

  void open(const std::string& token, const ResumeRequest& resume) {
    socket_->on_text = [self = shared_from_this()](const std::string& text) { self->hear(text); };
    socket_->on_close = [self = shared_from_this()] { self->closed(); };
    if (chat_.world.session(token)) {
      authenticate(token, resume);
      appear();
      return;
    }
    window_ = chat_.io.after(chat_.options.auth_window, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && !self->connection_) self->socket_->close(0);
    });
  }

 private:
  void authenticate(const std::string& token, const ResumeRequest& resume) {
    window_.cancel();
    connection_ = chat_.hub.connect(chat_.world.session(token)->user_id, token, socket_, resume);
  }

  // After the hello, and after the answer to a challenge: the order clients see.
  void appear() {
    User& user = *chat_.world.user(connection_->user_id);
    if (!user.status_manual) chat_.hub.set_status(user, "online", false);
  }

  // The last word of every socket, whoever ended it.
  void closed() {
    window_.cancel();
    if (connection_) chat_.hub.disconnected(connection_->id);
  }

  void reply(Json frame, std::int64_t seq) {
    if (seq != 0) frame["seq_reply"] = seq;
    socket_->send(frame.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  // A refused action leaves the socket open.
  void fail(std::int64_t seq, int status, const std::string& id, const std::string& message) {
    reply({{"status", "FAIL"},
           {"error",
            {{"id", id}, {"message", message}, {"detailed_error", ""}, {"status_code", status}}}},
          seq);
  }

  // A session that ended meanwhile is noticed here, at the next action, and only here.
  void hear(const std::string& text) {
    const Json frame = Json::parse(text, nullptr, false);
    if (!frame.is_object()) return socket_->close(0);
    if (connection_ && connection_->deaf) return;
    const std::string action = text_at(frame, "action");
    const std::int64_t seq = number_at(frame, "seq");
    const Json* const data = field_at(frame, "data");
    if (action == "authentication_challenge") return challenge(seq, data ? *data : Json());
    if (!connection_) return;
    if (action.empty()) {
      return fail(seq, 400, "api.web_socket_router.no_action.app_error", "No websocket action.");
    }
    if (seq <= 0) {
      return fail(seq, 400, "api.web_socket_router.bad_seq.app_error",
                  "Invalid sequence for WebSocket message.");
    }
    if (const User* const user = chat_.world.user(connection_->user_id); !user || !user->active()) {
      return fail(seq, 401, "api.web_socket_router.not_authenticated.app_error",
                  "WebSocket connection is not authenticated. Please log in and try again.");
    }
    if (!chat_.world.session(connection_->token)) {
      return fail(seq, 401, "api.context.invalid_token.error",
                  "Invalid session token=" + connection_->token + ", err=");
    }
    act(action, seq, data ? *data : Json::object());
  }

  // On a socket that is authenticated already it is ignored.
  void challenge(std::int64_t seq, const Json& data) {
    if (connection_) return;
    const std::string token = text_at(data, "token");
    if (!chat_.world.session(token)) return socket_->close(0);
    authenticate(token, {});
    reply({{"status", "OK"}}, seq);
    appear();
  }

  void act(const std::string& action, std::int64_t seq, const Json& data) {
    if (action == "ping") {
      reply({{"status", "OK"},
             {"data",
              {{"text", "pong"},
               {"version", kServerVersion},
               {"server_time", chat_.world.now()},
               {"node_id", ""}}}},
            seq);
    } else if (action == "user_typing") {
      typing(data);
      reply({{"status", "OK"}}, seq);
    } else if (action == "user_update_active_status") {
      User& user = *chat_.world.user(connection_->user_id);
      chat_.hub.set_status(user, flag_at(data, "user_is_active") ? "online" : "away", false);
      reply({{"status", "OK"}}, seq);
    } else if (action == "get_statuses" || action == "get_statuses_by_ids") {
      reply({{"status", "OK"}, {"data", statuses(field_at(data, "user_ids"))}}, seq);
    } else {
      fail(seq, 500, "api.web_socket_router.bad_action.app_error", "Unknown WebSocket action.");
    }
  }

  // Heard by everybody in the channel but the typist.
  void typing(const Json& data) {
    const Channel* const channel = chat_.world.channel(text_at(data, "channel_id"));
    if (!channel || !chat_.world.is_member(*channel, connection_->user_id)) return;
    Event event;
    event.name = "typing";
    event.data = {{"parent_id", text_at(data, "parent_id")}, {"user_id", connection_->user_id}};
    event.channel_id = channel->id;
    event.omit_user = connection_->user_id;
    chat_.hub.publish(event);
  }

  Json statuses(const Json* ids) const {
    Json found = Json::object();
    for (const auto& [id, user] : chat_.world.users) {
      const bool asked =
          !ids || (ids->is_array() && std::find(ids->begin(), ids->end(), id) != ids->end());
      if (asked) found[id] = user.status;
    }
    return found;
  }

  Chat& chat_;
  const std::shared_ptr<net::ServerSocket> socket_;
  std::shared_ptr<Connection> connection_;  // null until authenticated
  net::Io::Timer window_;
};

// Nothing: the parameters make no sense, the stream is to be cut.
std::optional<ResumeRequest> resume_of(const net::Headers& query) {
  ResumeRequest resume;
  std::string number;
  for (const auto& [name, value] : query) {
    if (name == "connection_id") resume.connection_id = value;
    if (name == "sequence_number") number = value;
  }
  if (resume.connection_id.empty()) return ResumeRequest{};
  const auto read = std::from_chars(number.data(), number.data() + number.size(), resume.sequence);
  const bool whole = read.ec == std::errc() && read.ptr == number.data() + number.size();
  if (!whole || resume.sequence < 0 || !is_id(resume.connection_id)) return std::nullopt;
  return resume;
}

net::HttpResponse foreign_origin(Chat& chat) {
  const Json body = {{"id", "api.web_socket.connect.upgrade.app_error"},
                     {"message", "Failed to upgrade websocket connection."},
                     {"detailed_error", "websocket: request origin not allowed"},
                     {"request_id", chat.world.ids.fresh()},
                     {"status_code", 500}};
  return {403, {{"Content-Type", "text/plain; charset=utf-8"}}, "Forbidden\n" + body.dump()};
}

}  // namespace

bool upgrade(Chat& chat, const net::HttpRequest& request, std::shared_ptr<net::ServerSocket> socket,
             net::HttpResponse& refusal) {
  net::Headers headers;
  if (request.path != kSocketPath) {
    refusal = json_response(404, {{"id", "api.context.404.app_error"}, {"status_code", 404}});
    return false;
  }
  if (!within_limit(chat, request, headers)) {
    refusal = limit_exceeded(std::move(headers));
    return false;
  }
  if (is_foreign(request)) {
    refusal = foreign_origin(chat);
    return false;
  }
  const net::Headers query = net::parse_query(request.query);
  for (const auto& [name, value] : query) {
    if (name != "access_token") continue;
    refusal = json_response(
        401, {{"id", "api.context.token_provided.app_error"},
              {"message", "Session is not OAuth but token was provided in the query string."},
              {"detailed_error", ""},
              {"request_id", chat.world.ids.fresh()},
              {"status_code", 401}});
    return false;
  }
  const std::optional<ResumeRequest> resume = resume_of(query);
  if (!resume) {
    socket->close(0);
  } else {
    std::make_shared<Client>(chat, socket)->open(token_of(request), *resume);
  }
  return true;
}

}  // namespace countersign::adapters::sandbox
