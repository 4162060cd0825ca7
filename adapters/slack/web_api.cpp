#include "adapters/slack/web_api.h"

#include <algorithm>
#include <array>

#include "adapters/chat/patience.h"
#include "adapters/slack/wire.h"
#include "bot/core/message.h"

namespace countersign::adapters::slack {
namespace {

using std::chrono::milliseconds;
using Kind = net::HttpResult::Kind;

constexpr int kTries = 3;
constexpr int kPages = 100;
constexpr int kTooMany = 429;
constexpr milliseconds kPause{500};
constexpr milliseconds kLimitedFor{5'000};  // when Slack does not say
constexpr const char* kJson = "application/json; charset=utf-8";
constexpr const char* kForm = "application/x-www-form-urlencoded";
constexpr const char* kBytes = "application/octet-stream";

// Answers of a server in trouble: what was asked for may have been done.
constexpr std::array kInDoubt = {"fatal_error", "internal_error", "request_timeout",
                                 "service_unavailable"};

// Codes are made of few letters; anything else is somebody else's text.
std::string code_of(const Json& body) {
  const auto code = text_at(body, "error");
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return code.size() <= 80 && std::ranges::all_of(code, harmless) ? code : "";
}

// What Slack found wrong with blocks or arguments; it names places, not contents.
std::string details_of(const Json& body) {
  std::string out;
  for (const Json& message : array_at(object_at(body, "response_metadata"), "messages")) {
    if (message.is_string()) out += (out.empty() ? ": " : "; ") + message.get<std::string>();
  }
  return core::make_visible(out, 300);
}

std::string why_of(const WebApi::Answer& answer) {
  if (answer.error.empty()) return "Slack answered " + std::to_string(answer.status);
  const auto needed = text_at(answer.body, "needed");
  if (answer.is("missing_scope") && !needed.empty())
    return "the app lacks the scope " + core::make_visible(needed, 100);
  return "Slack refused: " + answer.error + details_of(answer.body);
}

// Whatever bytes are in it, it is a text that can be sent.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string form_of(const Json& args) {
  std::string out;
  for (const auto& [name, value] : args.items()) {
    const auto text = value.is_string() ? value.get<std::string>() : text_of(value);
    out += (out.empty() ? "" : "&") + net::percent_encode(name) + "=" + net::percent_encode(text);
  }
  return out;
}

std::string header(const net::Headers& headers, std::string_view name) {
  const auto* found = net::find_header(headers, name);
  return found ? *found : "";
}

}  // namespace

bool WebApi::Answer::ok() const {
  return kind == Kind::answered && status == 200 && is_true(body, "ok");
}

bool WebApi::Answer::unclear() const {
  if (kind != Kind::answered) return kind == Kind::ambiguous;
  if (ok() || limited()) return false;
  return error.empty() || status >= 500 || std::ranges::find(kInDoubt, error) != kInDoubt.end();
}

WebApi::WebApi(std::string url, std::string bot_token, std::string app_token)
    : url_(std::move(url)), bot_token_(std::move(bot_token)), app_token_(std::move(app_token)) {}

WebApi::Answer WebApi::call(const std::string& url, const std::string& token,
                            const std::string& type, std::string body, std::stop_token stop) const {
  net::HttpCall request;
  request.method = "POST";
  request.url = url;
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  request.headers.emplace_back("Content-Type", type);
  request.body = std::move(body);
  request.timeout = std::chrono::seconds(15);
  request.response_limit = 32 * 1024 * 1024;
  const auto result = net::call(request, std::move(stop));
  Answer answer;
  answer.kind = result.kind;
  answer.why = result.why;
  if (result.kind != Kind::answered) return answer;
  answer.status = result.response.status;
  answer.body = Json::parse(result.response.body, nullptr, false);
  answer.error = code_of(answer.body);
  answer.scopes = header(result.response.headers, "x-oauth-scopes");
  if (answer.ok()) return answer;
  if (answer.status == kTooMany || answer.is("ratelimited") || answer.is("rate_limited"))
    answer.retry_after = chat::parse_retry_after(header(result.response.headers, "retry-after"))
                             .value_or(kLimitedFor);
  answer.why = why_of(answer);
  return answer;
}

WebApi::Answer WebApi::post(const std::string& method, const Json& args,
                            std::stop_token stop) const {
  return call(url_ + method, bot_token_, kJson, text_of(args), std::move(stop));
}

WebApi::Answer WebApi::read(const std::string& method, const Json& args, std::stop_token stop,
                            milliseconds patience) const {
  for (int attempt = 1;; ++attempt) {
    auto answer = call(url_ + method, bot_token_, kForm, form_of(args), stop);
    const bool again = answer.limited() || answer.unclear() || answer.unreachable();
    if (attempt == kTries || stop.stop_requested() || !again) return answer;
    chat::pause(std::min(answer.retry_after.value_or(kPause), patience), stop);
  }
}

WebApi::Answer WebApi::open_connection(std::stop_token stop) const {
  return call(url_ + "apps.connections.open", app_token_, kForm, "", std::move(stop));
}

WebApi::Answer WebApi::upload(const std::string& url, const std::string& bytes,
                              std::stop_token stop) const {
  return call(url, "", kBytes, bytes, std::move(stop));
}

WebApi::Answer WebApi::respond(const std::string& response_url, const Json& message,
                               std::stop_token stop) const {
  return call(response_url, "", kJson, text_of(message), std::move(stop));
}

Error error_of(const WebApi::Answer& answer) {
  if (answer.limited() || answer.unclear() || answer.unreachable()) return unavailable(answer.why);
  return answer.error.ends_with("_not_found") ? not_found(answer.why) : refused(answer.why);
}

Result<void> read_pages(const WebApi& api, const std::string& method, Json args,
                        const std::stop_token& stop,
                        const std::function<bool(const Json& page)>& each) {
  for (int page = 0; page < kPages; ++page) {
    const auto answer = api.read(method, args, stop);
    if (!answer.ok()) return error_of(answer);
    const auto cursor = text_at(object_at(answer.body, "response_metadata"), "next_cursor");
    if (!each(answer.body) || cursor.empty()) return {};
    args["cursor"] = cursor;
  }
  return unavailable("Slack's list of " + method + " does not end");
}

}  // namespace countersign::adapters::slack
