#include "tests/unit/adapters/sandbox_harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace countersign::adapters::sandbox {
namespace {

constexpr std::chrono::seconds kDeadline{20};

bool is_reply_to(const Json& frame, const Json& seq) {
  return frame.contains("seq_reply") && frame["seq_reply"] == seq;
}

SandboxOptions on_free_port(SandboxOptions options) {
  options.port = 0;
  return options;
}

}  // namespace

Listener::Listener(net::Io& io, const std::string& url, const std::string& token,
                   const net::Headers& more) {
  net::WebSocketOptions options;
  options.url = url;
  options.headers = more;
  if (!token.empty()) options.headers.emplace_back("Authorization", "Bearer " + token);
  const auto change = [state = state_](const std::function<void(State&)>& work) {
    const std::lock_guard lock(state->mutex);
    work(*state);
    state->changed.notify_all();
  };
  socket_ = net::WebSocket::open(
      io, options, [change] { change([](State& state) { state.open = true; }); },
      [change](const std::string& text) {
        change([&](State& state) { state.frames.push_back(Json::parse(text)); });
      },
      [change](const std::string& why) {
        change([&](State& state) {
          state.closed = true;
          state.why = why;
        });
      });
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, kDeadline, [&] { return state_->open || state_->closed; });
}

Listener::~Listener() { socket_->close(); }

std::vector<Json> Listener::wait(const std::function<bool(const std::vector<Json>&)>& enough) {
  std::unique_lock lock(state_->mutex);
  const bool came =
      state_->changed.wait_for(lock, kDeadline, [&] { return enough(state_->frames); });
  EXPECT_TRUE(came) << "heard only " << Json(state_->frames).dump() << " closed: " << state_->why;
  return state_->frames;
}

std::vector<Json> Listener::wait_count(std::size_t count) {
  return wait([&](const std::vector<Json>& frames) { return frames.size() >= count; });
}

Json Listener::wait_event(const std::string& name) {
  const auto is_it = [&](const Json& frame) { return frame.value("event", "") == name; };
  const auto frames =
      wait([&](const std::vector<Json>& all) { return std::ranges::any_of(all, is_it); });
  const auto at = std::ranges::find_if(frames, is_it);
  return at == frames.end() ? Json() : *at;
}

Json Listener::reply_to(const Json& action) {
  send(action);
  const auto is_it = [&](const Json& frame) {
    return is_reply_to(frame, action.value("seq", 0)) ||
           (frame.contains("status") && !frame.contains("seq_reply"));
  };
  const auto frames =
      wait([&](const std::vector<Json>& all) { return std::ranges::any_of(all, is_it); });
  const auto at = std::ranges::find_if(frames, is_it);
  return at == frames.end() ? Json() : *at;
}

std::vector<Json> Listener::until_now() {
  const int seq = next_seq_++;
  reply_to({{"seq", seq}, {"action", "ping"}});
  std::vector<Json> frames = wait_count(1);
  const auto reply =
      std::ranges::find_if(frames, [&](const Json& frame) { return is_reply_to(frame, seq); });
  return {frames.begin(), reply};
}

std::string Listener::wait_closed() {
  std::unique_lock lock(state_->mutex);
  EXPECT_TRUE(state_->changed.wait_for(lock, kDeadline, [&] { return state_->closed; }));
  return state_->why;
}

void Listener::forget() {
  until_now();
  const std::lock_guard lock(state_->mutex);
  state_->frames.clear();
}

Integration::Integration(net::Io& io)
    : server_(io, {},
              [this](const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
                handle(request, respond);
              }) {
  port_ = server_.start().value();
}

std::string Integration::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void Integration::answer_with(net::HttpResponse response) {
  const std::lock_guard lock(mutex_);
  response_ = std::move(response);
}

void Integration::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

net::HttpRequest Integration::request(std::size_t number) {
  std::unique_lock lock(mutex_);
  const bool came = changed_.wait_for(lock, kDeadline, [&] { return requests_.size() > number; });
  EXPECT_TRUE(came) << "the integration was not called";
  return came ? requests_[number] : net::HttpRequest{};
}

std::size_t Integration::count() {
  const std::lock_guard lock(mutex_);
  return requests_.size();
}

void Integration::handle(const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  changed_.notify_all();
  if (holding_) {
    held_.push_back(respond);
  } else if (request.method == "GET") {
    respond({200, {}, "{}"});
  } else {
    respond(response_);
  }
}

Harness::Harness(SandboxOptions options) {
  const Result<SandboxInfo> started = sandbox.start(on_free_port(std::move(options)));
  if (!started) throw std::runtime_error(started.error().message);
  info = *started;
}

const SandboxUser& Harness::user(const std::string& name) const {
  return name == "bot" ? info.bot : info.users.at(name);
}

Reply Harness::rest(const std::string& who, const std::string& method, const std::string& path,
                    const Json& body, const net::Headers& more) {
  net::HttpCall call;
  call.method = method;
  call.url = info.base_url + path;
  call.headers = more;
  if (!who.empty()) call.headers.emplace_back("Authorization", "Bearer " + user(who).token);
  if (body.is_string()) call.body = body.get<std::string>();
  if (body.is_structured()) call.body = body.dump();
  const net::HttpResult result = net::call(call);
  EXPECT_EQ(result.kind, net::HttpResult::Kind::answered) << path << ": " << result.why;
  return {result.response.status, Json::parse(result.response.body, nullptr, false),
          result.response.headers, result.response.body};
}

Json Harness::ok(const std::string& who, const std::string& method, const std::string& path,
                 const Json& body) {
  const Reply reply = rest(who, method, path, body);
  EXPECT_LT(reply.status, 300) << method << " " << path << ": " << reply.text;
  return reply.body;
}

std::string Harness::post(const std::string& who, const std::string& message,
                          const std::string& root_id, const Json& props, const std::string& in) {
  Json body = {{"channel_id", channel(in)}, {"message", message}, {"root_id", root_id}};
  if (props.is_object()) body["props"] = props;
  return ok(who, "POST", "/api/v4/posts", body).at("id").get<std::string>();
}

std::unique_ptr<Listener> Harness::listen(const std::string& who, const std::string& query) {
  const std::string url = info.ws_url + (query.empty() ? "" : "?" + query);
  return std::make_unique<Listener>(io, url, user(who).token);
}

}  // namespace countersign::adapters::sandbox
