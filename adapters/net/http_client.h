// Outgoing HTTP (cpp-httplib): one call, one connection, one total deadline. Redirects are never
// followed.
#pragma once
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "adapters/net/http.h"

namespace countersign::net {

struct HttpCall {
  std::string method = "GET";
  std::string url;         // http:// or https://
  std::string connect_to;  // numeric address to connect to instead of resolving the host
  Headers headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{
      30'000};  // everything, first byte to last (a dripping server is cut off)
  std::size_t response_limit = 4 * 1024 * 1024;
};

struct HttpResult {
  enum class Kind {
    answered,   // `response` is complete
    not_sent,   // proven: no byte of the request reached the other side (name, connect, TLS)
    ambiguous,  // sent at least in part, and no complete answer
  } kind = Kind::not_sent;
  HttpResponse response;
  bool truncated = false;  // the body went over response_limit and was cut
  std::string why;         // one line, without secrets or query strings
};

// Blocking. A stop request ends it within a fraction of a second (ambiguous unless not_sent is
// proven).
HttpResult call(const HttpCall& call, std::stop_token stop = {});

}  // namespace countersign::net
