#include "tests/unit/adapters/slack_double.h"

namespace countersign::adapters::slack {
namespace {

Json user(const std::string& id, const std::string& name, bool is_bot = false) {
  return {{"id", id}, {"name", name}, {"is_bot", is_bot}, {"deleted", false}};
}

const Json& people() {
  static const Json kPeople =
      Json::array({user("U0ALICE", "alice"), user("U0BOB", "bob"),
                   user("U0BOT", "countersign", true), user("U0OTHERBOT", "alerts", true)});
  return kPeople;
}

Json fields_of(const net::HttpRequest& request, const std::string& type) {
  if (!type.starts_with("application/x-www-form-urlencoded"))
    return Json::parse(request.body, nullptr, false);
  Json out = Json::object();
  for (const auto& [name, value] : net::parse_query(request.body)) out[name] = value;
  return out;
}

}  // namespace

SlackDouble::SlackDouble(net::Io& io)
    : server_(
          io, {},
          [this](const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
            handle(request, respond);
          },
          [this](const net::HttpRequest&, const std::shared_ptr<net::ServerSocket>& socket,
                 net::HttpResponse&) { return accept(socket); }) {
  port_ = *server_.start();
}

std::string SlackDouble::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void SlackDouble::next(const std::string& method, net::HttpResponse response) {
  const std::lock_guard lock(mutex_);
  next_[method].push_back(std::move(response));
}

void SlackDouble::next(const std::string& method, const Json& body, int status) {
  next(method, net::HttpResponse{status, {}, body.dump()});
}

void SlackDouble::always(const std::string& method, const Json& body) {
  const std::lock_guard lock(mutex_);
  always_[method] = body;
}

Json SlackDouble::usual(const Call& call) {
  if (always_.contains(call.method)) return always_[call.method];
  if (call.method == "auth.test")
    return {{"ok", true},
            {"user_id", "U0BOT"},
            {"bot_id", "B0BOT"},
            {"user", "countersign"},
            {"team", "Acme"}};
  if (call.method == "apps.connections.open")
    return {{"ok", true}, {"url", "ws" + url("/link?ticket=t").substr(4)}};
  if (call.method == "users.info") {
    for (const auto& person : people()) {
      if (person["id"] == call.args.value("user", "")) return {{"ok", true}, {"user", person}};
    }
    return {{"ok", false}, {"error", "user_not_found"}};
  }
  if (call.method == "chat.postMessage") {
    const auto ts = "1732191000.00000" + std::to_string(++posted_);
    return {{"ok", true}, {"channel", call.args.value("channel", "")}, {"ts", ts}};
  }
  return {{"ok", true}};
}

void SlackDouble::handle(const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
  Call call;
  call.method = request.path.substr(request.path.rfind('/') + 1);
  const auto* type = net::find_header(request.headers, "content-type");
  const auto* authorization = net::find_header(request.headers, "authorization");
  call.type = type ? *type : "";
  call.authorization = authorization ? *authorization : "";
  call.args = fields_of(request, call.type);
  net::HttpResponse response;
  {
    const std::lock_guard lock(mutex_);
    auto& planned = next_[call.method];
    if (planned.empty()) {
      response.body = usual(call).dump();
    } else {
      response = planned.front();
      planned.pop_front();
    }
  }
  calls_.add(call);
  respond(response);
}

bool SlackDouble::accept(const std::shared_ptr<net::ServerSocket>& socket) {
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = sockets_.size();
    sockets_.push_back(socket);
  }
  socket->on_text = [this, number](const std::string& text) {
    frames_.add({number, Json::parse(text, nullptr, false)});
  };
  socket->on_close = [this, number] { closed.add(number); };
  if (greeting_) socket->send(R"({"type":"hello","num_connections":1})");
  opened.add(number);
  return true;
}

void SlackDouble::send(std::size_t socket, const Json& frame) {
  const std::lock_guard lock(mutex_);
  sockets_.at(socket)->send(frame.dump());
}

void SlackDouble::close(std::size_t socket, int code) {
  const std::lock_guard lock(mutex_);
  sockets_.at(socket)->close(code);
}

Json SlackDouble::event(const std::string& envelope, const Json& inner, int attempt) const {
  return {{"type", "events_api"},
          {"envelope_id", envelope},
          {"accepts_response_payload", false},
          {"retry_attempt", attempt},
          {"payload", {{"event_id", "Ev" + envelope}, {"event", inner}}}};
}

Json SlackDouble::interaction(const std::string& envelope, const Json& payload,
                              bool answers) const {
  return {{"type", "interactive"},
          {"envelope_id", envelope},
          {"accepts_response_payload", answers},
          {"payload", payload}};
}

SlackDouble::Frame SlackDouble::ack(const std::string& envelope) {
  return frames_.wait(
      [&](const Frame& frame) { return frame.json.value("envelope_id", "") == envelope; });
}

bool SlackDouble::acked(const std::string& envelope) {
  for (const auto& frame : frames_.all()) {
    if (frame.json.value("envelope_id", "") == envelope) return true;
  }
  return false;
}

SlackDouble::Call SlackDouble::call(const std::string& method, std::size_t nth) {
  return calls_.wait([&](const Call& call) { return call.method == method; }, nth);
}

std::size_t SlackDouble::calls(const std::string& method) {
  std::size_t count = 0;
  for (const auto& call : calls_.all()) count += call.method == method ? 1 : 0;
  return count;
}

void FakeInbox::accept(std::vector<core::Incoming> deliveries, Done done) {
  if (refusals-- > 0) return done(unavailable("the database is away"));
  const auto count = deliveries.size();
  if (holding_) {
    const std::lock_guard lock(mutex_);
    held_.emplace_back([done, count] { done(std::vector<core::Accepted>(count)); });
  }
  for (auto& incoming : deliveries) arrived.add(std::move(incoming));
  if (!holding_) done(std::vector<core::Accepted>(count));
}

void FakeInbox::release() {
  holding_ = false;
  std::vector<std::function<void()>> held;
  {
    const std::lock_guard lock(mutex_);
    held.swap(held_);
  }
  for (const auto& done : held) done();
}

void FakeDesk::act(core::Act act, std::function<void(core::ActAnswer)> answer) {
  core::ActAnswer given;
  {
    const std::lock_guard lock(mutex_);
    given = answer_;
  }
  arrived.add(std::move(act));
  answer(given);
}

void FakeDesk::answer_with(core::ActAnswer answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

}  // namespace countersign::adapters::slack
