#include "tests/contract/chat/sandbox_platform.h"

#include <gtest/gtest.h>

#include "adapters/net/http_client.h"
#include "adapters/net/url.h"

namespace countersign::contract {
namespace {

using namespace std::chrono_literals;

net::HttpResponse answer(const std::string& method, const std::string& url, const Json& body,
                         const std::string& token) {
  net::HttpCall request;
  request.method = method;
  request.url = url;
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.dump();
  }
  auto result = net::call(request);
  EXPECT_TRUE(result.kind == net::HttpResult::Kind::answered && result.response.status < 300)
      << method << " " << url << " " << body << ": " << result.why << result.response.body;
  return std::move(result.response);
}

std::uint16_t port_of(const std::string& url) {
  const auto colon = url.find(':', url.find("//"));
  return static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1)));
}

}  // namespace

std::string text_at(const Json& json, const char* key) {
  return json.is_object() ? json.value(key, "") : "";
}

core::CorrelationId SandboxPlatform::Ids::correlation() {
  return core::CorrelationId::parse(token(16));
}

std::string SandboxPlatform::Ids::token(int bytes) {
  const std::string number = std::to_string(++count_);
  const auto digits = static_cast<std::size_t>(2 * bytes);
  return std::string(digits - std::min(digits, number.size()), '0') + number;
}

SandboxPlatform::SandboxPlatform(
    Begin begin, const std::function<std::string(const adapters::sandbox::SandboxInfo&)>& url_of)
    : behind_(begin == Begin::now ? 0 : 3'600'000) {
  adapters::sandbox::SandboxOptions options;
  options.port = 0;
  options.clock = [this] { return now(); };
  // Soon, and often enough for every outage here.
  options.slack_ack_timeout = 400ms;
  options.slack_retry_delays = {10ms, 20ms, 50ms, 100ms, 200ms, 500ms, 1'000ms};
  auto started = sandbox_.start(std::move(options));
  if (!started) throw std::runtime_error(started.error().message);
  info_ = *started;
  line_ = std::make_unique<Line>(port_of(url_of(info_)));
}

std::int64_t SandboxPlatform::now() const {
  if (held_ != 0) return held_;
  const auto real = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(real).count() - behind_;
}

std::string SandboxPlatform::by_line(std::string url) const {
  const auto colon = url.find(':', url.find("//")) + 1;
  const auto end = std::min(url.find('/', colon), url.size());
  return url.replace(colon, end - colon, std::to_string(line_->port()));
}

Json SandboxPlatform::call(const std::string& url, const Json& body, const std::string& token,
                           const std::string& method) {
  const std::string usual = body.is_null() ? "GET" : "POST";
  return Json::parse(answer(method.empty() ? usual : method, url, body, token).body, nullptr,
                     false);
}

std::string SandboxPlatform::bytes(const std::string& url, const std::string& token) {
  return answer("GET", url, nullptr, token).body;
}

}  // namespace countersign::contract
