// Slack's Web API. Blocking; thread-safe (it holds no state). Tokens and bodies never get into a
// log or an error text.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/net/http_client.h"
#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::adapters::slack {

class WebApi {
 public:
  // `url` ends with "/api/".
  WebApi(std::string url, std::string bot_token, std::string app_token);

  struct Answer {
    net::HttpResult::Kind kind = net::HttpResult::Kind::not_sent;
    int status = 0;     // answered only
    Json body;          // discarded if it is not JSON
    std::string error;  // Slack's code, e.g. "channel_not_found"; empty if it gave none
    std::string why;    // not ok: one line
    std::optional<std::chrono::milliseconds> retry_after;  // limited only, then always
    std::string scopes;                                    // of the token: "chat:write,users:read"

    bool ok() const;
    bool limited() const { return retry_after.has_value(); }
    bool is(std::string_view code) const { return error == code; }
    // Neither done nor refused for certain: it may have taken effect.
    bool unclear() const;
    bool unreachable() const { return kind == net::HttpResult::Kind::not_sent; }
  };

  // Does something, once. The body is JSON.
  Answer post(const std::string& method, const Json& args, std::stop_token stop) const;
  // Asks something, as a form, which every reading method takes. Asks again a few times when it is
  // told to slow down, or when there is no clear answer; `patience` is for each pause.
  Answer read(const std::string& method, const Json& args, std::stop_token stop,
              std::chrono::milliseconds patience = std::chrono::seconds(5)) const;
  // The address for a Socket Mode connection; it is a credential.
  Answer open_connection(std::stop_token stop) const;
  // Raw bytes to an address that Slack gave for them.
  Answer upload(const std::string& url, const std::string& bytes, std::stop_token stop) const;
  // A message by the address that came with a press; needs no token and no membership.
  Answer respond(const std::string& response_url, const Json& message, std::stop_token stop) const;

 private:
  Answer call(const std::string& url, const std::string& token, const std::string& type,
              std::string body, std::stop_token stop) const;

  const std::string url_;
  const std::string bot_token_;
  const std::string app_token_;
};

// For lookups: what went wrong, in the words of the closed set.
Error error_of(const WebApi::Answer& answer);

// Calls `each` with the answer to every page, as long as it returns true; `method` is a list with a
// cursor. An Error if a page could not be had.
Result<void> read_pages(const WebApi& api, const std::string& method, Json args,
                        const std::stop_token& stop,
                        const std::function<bool(const Json& page)>& each);

}  // namespace countersign::adapters::slack
