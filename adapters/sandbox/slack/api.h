// The Web API: POST (reads: also GET) /api/METHOD with a form, JSON or multipart body.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sandbox/slack/slack.h"

namespace countersign::adapters::sandbox::slack {

// {"ok": false, "error": code, ...}, thrown by methods and answered in one place, over HTTP 200.
struct ApiError {
  std::string code;
  Json more = Json::object();
};
// invalid_arguments with what is wrong, in words.
ApiError bad_arguments(const std::vector<std::string>& messages);

enum class TokenKind { none, invalid, bot, app };

struct ApiCall {
  std::string method;
  Json args = Json::object();  // as received, without the token
  std::string encoding;        // "json", "form", "multipart"
  TokenKind token = TokenKind::none;
  bool no_charset = false;  // a JSON body whose type does not say utf-8

  bool has(const char* key) const { return args.contains(key); }
  std::string text(const char* key) const;  // numbers and flags as text; "" if absent
  bool flag(const char* key, bool otherwise = false) const;
  std::size_t number(const char* key, std::size_t otherwise, std::size_t most) const;
  // An array or object, which forms carry as text; null if absent. Throws `code` if it is none.
  Json structure(const char* key, const std::string& code = "invalid_arguments") const;
};

using Handler = Json (*)(Slack& slack, ApiCall& call);
struct Method {
  std::string_view name;
  Handler handler;
  std::string_view scope;  // "": none is needed, or it depends on the arguments
  std::vector<std::string_view> required = {};
  bool json = true;  // whether a JSON body is read at all
  TokenKind token = TokenKind::bot;
};

std::span<const Method> chat_methods();
std::span<const Method> reaction_methods();
std::span<const Method> conversation_methods();
std::span<const Method> people_methods();
std::span<const Method> view_methods();
std::span<const Method> file_methods();

void need_scope(const Slack& slack, std::string_view scope);  // throws missing_scope

// Answers a request whose path begins with /api/.
void web_api(Slack& slack, const net::HttpRequest& request,
             const net::HttpServer::Respond& respond);
// What is uploaded in three steps; and read back with the bot's token.
net::HttpResponse receive_upload(Slack& slack, const net::HttpRequest& request);
net::HttpResponse private_file(Slack& slack, const net::HttpRequest& request);

void record_call(Slack& slack, const ApiCall& call, int status, const Json& answer);

// A slice of `all` as `limit` and `cursor` ask, under `key`, with the next cursor.
Json page_of(const ApiCall& call, const char* key, const Json& all);
// The channel of an argument: any the bot can know of, by id. Throws channel_not_found.
Channel& visible_channel(Slack& slack, const std::string& id);

}  // namespace countersign::adapters::sandbox::slack
