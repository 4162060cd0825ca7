#include "tests/unit/adapters/sandbox_slack_harness.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace countersign::adapters::sandbox {
namespace {

Reply sent(net::HttpCall call) {
  const net::HttpResult result = net::call(call);
  EXPECT_EQ(result.kind, net::HttpResult::Kind::answered) << call.url << ": " << result.why;
  return {result.response.status, Json::parse(result.response.body, nullptr, false),
          result.response.headers, result.response.body};
}

net::HttpCall call_to(const std::string& url, const std::string& type, std::string body) {
  net::HttpCall call;
  call.method = "POST";
  call.url = url;
  call.headers = {{"Content-Type", type}};
  call.body = std::move(body);
  return call;
}

std::string form_of(const Json& args) {
  std::string form;
  for (const auto& [key, value] : args.items()) {
    if (!form.empty()) form += "&";
    form += key + "=" +
            net::percent_encode(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return form;
}

}  // namespace

Json AppSocket::hello() { return listener_.wait_count(1).front(); }

Json AppSocket::wait(const std::function<bool(const Json&)>& wanted) {
  const auto is_it = [&](const Json& frame) {
    return frame.contains("payload") && wanted(frame["payload"]);
  };
  const auto frames =
      listener_.wait([&](const std::vector<Json>& all) { return std::ranges::any_of(all, is_it); });
  const auto at = std::ranges::find_if(frames, is_it);
  return at == frames.end() ? Json::object() : *at;
}

Json AppSocket::wait_event(const std::string& type, const std::string& subtype) {
  return wait([&](const Json& payload) {
    const Json event = payload.value("event", Json::object());
    return event.value("type", "") == type && event.value("subtype", "") == subtype;
  })["payload"]["event"];
}

Json AppSocket::wait_envelope(const std::string& id) {
  const auto is_it = [&](const Json& frame) { return frame.value("envelope_id", "") == id; };
  const auto frames =
      listener_.wait([&](const std::vector<Json>& all) { return std::ranges::any_of(all, is_it); });
  const auto at = std::ranges::find_if(frames, is_it);
  return at == frames.end() ? Json::object() : *at;
}

Json AppSocket::wait_interaction(const std::string& type) {
  return wait([&](const Json& payload) {
    return payload.value("type", "") == type || payload.value("command", "") == type;
  });
}

void AppSocket::ack(const Json& envelope, const Json& payload) {
  Json frame = {{"envelope_id", envelope.at("envelope_id")}};
  if (!payload.is_null()) frame["payload"] = payload;
  listener_.send(frame);
}

Reply SlackDesk::form(const std::string& method, const Json& args, const std::string& token) {
  net::HttpCall call =
      call_to(info().api_url + method, "application/x-www-form-urlencoded", form_of(args));
  if (!token.empty()) call.headers.emplace_back("Authorization", "Bearer " + token);
  return sent(std::move(call));
}

Reply SlackDesk::json(const std::string& method, const Json& args,
                      const std::string& content_type) {
  net::HttpCall call = call_to(info().api_url + method, content_type, args.dump());
  call.headers.emplace_back("Authorization", "Bearer " + info().bot_token);
  return sent(std::move(call));
}

Json SlackDesk::ok(const std::string& method, const Json& args) {
  const Reply reply = form(method, args, info().bot_token);
  EXPECT_TRUE(reply.body.value("ok", false)) << method << ": " << reply.text;
  return reply.body;
}

std::string SlackDesk::error(const std::string& method, const Json& args) {
  const Reply reply = form(method, args, info().bot_token);
  return reply.body.value("error", "");
}

std::string SlackDesk::post(const std::string& text, const std::string& thread_ts) {
  Json args = {{"channel", channel("ops")}, {"text", text}};
  if (!thread_ts.empty()) args["thread_ts"] = thread_ts;
  return ok("chat.postMessage", args).at("ts").get<std::string>();
}

Reply SlackDesk::control(const std::string& path, const Json& body) {
  net::HttpCall call =
      call_to(info().control_url + path, "application/json", body.is_null() ? "" : body.dump());
  if (body.is_null()) call.method = "GET";
  return sent(std::move(call));
}

Json SlackDesk::act(const std::string& path, const Json& body) {
  const Reply reply = control(path, body);
  EXPECT_TRUE(reply.body.value("ok", false)) << path << ": " << reply.text;
  return reply.body;
}

std::string SlackDesk::say(const std::string& who, const std::string& text,
                           const std::string& thread_ts, const std::string& in) {
  return act("/say", {{"user", who}, {"channel", in}, {"text", text}, {"thread_ts", thread_ts}})
      .at("ts")
      .get<std::string>();
}

Reply SlackDesk::post_to(const std::string& url, const Json& body) {
  return sent(call_to(url, "application/json", body.dump()));
}

std::string SlackDesk::socket_url() {
  return form("apps.connections.open", Json::object(), info().app_token)
      .body.at("url")
      .get<std::string>();
}

std::unique_ptr<AppSocket> SlackDesk::connect() {
  auto socket = std::make_unique<AppSocket>(harness.io, socket_url());
  socket->hello();
  return socket;
}

Json plain_text(const std::string& text) { return {{"type", "plain_text"}, {"text", text}}; }

Json button(const std::string& action_id, const std::string& value) {
  return {{"type", "button"},
          {"action_id", action_id},
          {"value", value},
          {"text", plain_text("Press")}};
}

}  // namespace countersign::adapters::sandbox
