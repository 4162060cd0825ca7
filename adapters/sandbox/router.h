// The API's table of routes: which method and path is whose, who may call, and how an answer
// leaves.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adapters/net/http_server.h"
#include "adapters/sandbox/chat.h"

namespace countersign::adapters::sandbox {

struct Answer {
  int status = 200;
  Json body = {{"status", "OK"}};
  net::Headers headers;
  std::string bytes;  // not empty: sent instead of `body`, with the Content-Type in `headers`
};

// One request on its way. Handlers read it, throw a Refusal, return an Answer - or nothing, having
// kept `respond`.
struct Call {
  const net::HttpRequest& request;
  std::map<std::string, std::string, std::less<>> params;
  net::Headers query;
  Json body;
  User* user = nullptr;  // who asks; null on routes that need no session
  std::string token;
  std::function<void(Answer)> respond;
  std::function<void(const Refusal&)> refuse;

  const std::string& param(std::string_view name) const { return params.find(name)->second; }
  std::string query_text(std::string_view name) const;
  // Page and size as the API names them, within sane limits.
  std::size_t page() const;
  std::size_t per_page() const;
};

using Handler = std::optional<Answer> (*)(Chat& chat, Call& call);
enum class Access { anybody, session };

// Pattern parts in braces match one segment each: those whose name ends in "_id" letters and digits
// only, where a user_id may be "me" and everything else must be an id; others also . _ + -.
struct Route {
  std::string_view method, pattern;
  Handler handler;
  Access access = Access::session;
};

std::span<const Route> user_routes();
std::span<const Route> session_routes();
std::span<const Route> channel_routes();
std::span<const Route> membership_routes();
std::span<const Route> post_routes();
std::span<const Route> listing_routes();
std::span<const Route> click_routes();
std::span<const Route> system_routes();
std::span<const Route> file_routes();

// Answers a request whose path begins with /api/v4/.
void route(Chat& chat, const net::HttpRequest& request, net::HttpServer::Respond respond);

// A slice of `all` as `page` and `per_page` ask.
Json page_of(const Json& all, const Call& call);
// The channel of the call's channel_id, if its user may read it; otherwise throws the 403 of that
// permission.
Channel& readable_channel(Chat& chat, const Call& call);
// The live post of the call's post_id, if its user may read it.
Post& readable_post(Chat& chat, const Call& call);

}  // namespace countersign::adapters::sandbox
