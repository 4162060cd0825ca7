// HTTP as values, for both directions.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

// First value of a header, compared without case; nullptr if absent. A repeated header is
// all_values' business.
const std::string* find_header(const Headers& headers, std::string_view name);
std::vector<std::string> all_values(const Headers& headers, std::string_view name);

struct HttpRequest {
  std::string method;  // "POST"
  std::string target;  // "/hooks/alerts?x=1", as sent
  std::string path;    // before '?', still percent-encoded
  std::string query;   // after '?'
  Headers headers;
  std::string body;
  std::string peer;  // address of the sender without port; of the last untrusted hop, if proxied
};

struct HttpResponse {
  int status = 200;
  Headers headers;  // Content-Type defaults to application/json when there is a body
  std::string body;
};

std::string percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);
// "a=1&b=2" to pairs, decoded.
Headers parse_query(std::string_view query);

}  // namespace countersign::net
