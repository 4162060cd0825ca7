#include "adapters/mattermost/web_api.h"

#include <algorithm>

#include "adapters/chat/patience.h"
#include "bot/core/digest.h"

namespace countersign::adapters::mattermost {
namespace {

using std::chrono::milliseconds;

constexpr int kTries = 3;
constexpr milliseconds kPause{500};
constexpr milliseconds kLongestPause{5'000};

// Error ids are made of few letters; anything else is somebody else's text.
std::string error_id_of(const Json& body) {
  const auto id = body.is_object() ? body.find("id") : body.end();
  if (id == body.end() || !id->is_string()) return "";
  const auto text = id->get<std::string>();
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  };
  return text.size() <= 120 && std::ranges::all_of(text, harmless) ? text : "";
}

std::optional<milliseconds> retry_after_of(const net::Headers& headers) {
  const auto* text = net::find_header(headers, "Retry-After");
  return text ? chat::parse_retry_after(*text) : std::nullopt;
}

// What could end a quoted header value, or lead somewhere else, has no place in a file's name.
std::string file_name(std::string name) {
  std::ranges::replace_if(
      name,
      [](unsigned char c) {
        return c < 0x20 || c == '"' || c == '\\' || c == '/' || c == ':' || c == 0x7F;
      },
      '_');
  return name.empty() ? "file.txt" : name;
}

bool worth_another_try(const WebApi::Answer& answer) {
  if (answer.kind != net::HttpResult::Kind::answered) return true;
  return answer.status == 429 || answer.status == 408 || answer.status >= 500;
}

}  // namespace

WebApi::WebApi(std::string url, std::string token)
    : base_(std::move(url) + "/api/v4"), token_(std::move(token)) {}

WebApi::Answer WebApi::call(const std::string& method, const std::string& path, const Json& body,
                            std::stop_token stop) const {
  net::HttpCall request;
  request.method = method;
  request.url = base_ + path;
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return send(std::move(request), std::move(stop));
}

WebApi::Answer WebApi::upload(const std::string& channel_id, const std::string& name,
                              const std::string& text, std::stop_token stop) const {
  // Longer than any line that the text could contain by chance, and derived from it.
  const std::string boundary = "part-" + core::sha256_hex(name + text);
  const std::string begin = "--" + boundary + "\r\nContent-Disposition: form-data; name=";
  net::HttpCall request;
  request.method = "POST";
  request.url = base_ + "/files";
  request.headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + boundary);
  request.body = begin + "\"channel_id\"\r\n\r\n" + channel_id + "\r\n" + begin +
                 "\"files\"; filename=\"" + file_name(name) +
                 "\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n--" +
                 boundary + "--\r\n";
  return send(std::move(request), std::move(stop));
}

WebApi::Answer WebApi::send(net::HttpCall request, std::stop_token stop) const {
  request.headers.emplace_back("Authorization", "Bearer " + token_);
  request.headers.emplace_back("Accept", "application/json");
  request.timeout = std::chrono::seconds(15);
  request.response_limit = 32 * 1024 * 1024;
  const auto result = net::call(request, std::move(stop));
  Answer answer;
  answer.kind = result.kind;
  answer.why = result.why;
  if (result.kind != net::HttpResult::Kind::answered) return answer;
  answer.status = result.response.status;
  answer.body = Json::parse(result.response.body, nullptr, false);
  if (answer.ok()) return answer;
  answer.error_id = error_id_of(answer.body);
  answer.retry_after = retry_after_of(result.response.headers);
  answer.why = "the server answered " + std::to_string(answer.status) +
               (answer.error_id.empty() ? "" : " (" + answer.error_id + ")");
  return answer;
}

WebApi::Answer WebApi::get(const std::string& path, std::stop_token stop) const {
  for (int attempt = 1;; ++attempt) {
    auto answer = call("GET", path, nullptr, stop);
    if (attempt == kTries || stop.stop_requested() || !worth_another_try(answer)) return answer;
    chat::pause(std::min(answer.retry_after.value_or(kPause), kLongestPause), stop);
  }
}

}  // namespace countersign::adapters::mattermost
