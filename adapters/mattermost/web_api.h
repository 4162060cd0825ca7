// Mattermost's REST interface. Blocking; thread-safe (it holds no state). Neither bodies nor tokens
// are ever logged or put into an Error: the server repeats tokens in its error texts.
#pragma once
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/net/http_client.h"
#include "bot/core/json.h"

namespace countersign::adapters::mattermost {

class WebApi {
 public:
  // `url` is the server's address without /api/v4.
  WebApi(std::string url, std::string token);

  struct Answer {
    net::HttpResult::Kind kind = net::HttpResult::Kind::not_sent;
    int status = 0;        // answered only
    Json body;             // discarded if it is not JSON
    std::string error_id;  // Mattermost's, e.g. "api.context.permissions.app_error"
    std::optional<std::chrono::milliseconds> retry_after;
    std::string why;  // not ok: one line
    bool ok() const {
      return kind == net::HttpResult::Kind::answered && status >= 200 && status < 300;
    }
    bool refused(int with) const {
      return kind == net::HttpResult::Kind::answered && status == with;
    }
  };

  // `path` begins after /api/v4, e.g. "/users/me"; a null body is not sent.
  Answer call(const std::string& method, const std::string& path, const Json& body,
              std::stop_token stop) const;
  // Uploads a text file for a post in this channel.
  Answer upload(const std::string& channel_id, const std::string& name, const std::string& text,
                std::stop_token stop) const;
  // A read that can wait: tries again a few times when it is told to slow down or the server does
  // not answer.
  Answer get(const std::string& path, std::stop_token stop) const;

 private:
  Answer send(net::HttpCall request, std::stop_token stop) const;

  const std::string base_;
  const std::string token_;
};

}  // namespace countersign::adapters::mattermost
