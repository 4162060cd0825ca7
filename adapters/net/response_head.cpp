#include "adapters/net/response_head.h"

#include <map>

#include "adapters/net/url.h"
#include "bot/core/json.h"

namespace countersign::net {
namespace {

std::string_view reason_phrase(int status) {
  static const std::map<int, std::string_view> kPhrases = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {302, "Found"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
  };
  const auto found = kPhrases.find(status);
  return found == kPhrases.end() ? "Status" : found->second;
}

}  // namespace

bool bodiless(int status) { return status == 204 || status == 304; }

std::string head_of(const HttpResponse& response, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += std::string(reason_phrase(response.status)) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (sendable(name, value)) head += name + ": " + value + "\r\n";
  }
  if (!bodiless(response.status))
    head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  if (!response.body.empty() && !find_header(response.headers, "Content-Type")) {
    head += "Content-Type: application/json\r\n";
  }
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

HttpResponse refusal(int status, const std::string& why) {
  HttpResponse response{.status = status, .headers = {}, .body = Json{{"error", why}}.dump()};
  if (status == 503) response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace countersign::net
