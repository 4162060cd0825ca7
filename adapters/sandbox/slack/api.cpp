#include "adapters/sandbox/slack/api.h"

#include <algorithm>
#include <charconv>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/multipart.h"
#include "bot/core/digest.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr std::string_view kPrefix = "/api/";

const Method* find_method(const std::string& name) {
  for (const auto& methods : {chat_methods(), reaction_methods(), conversation_methods(),
                              people_methods(), view_methods(), file_methods()}) {
    for (const Method& method : methods) {
      if (method.name == name) return &method;
    }
  }
  return nullptr;
}

std::string content_type(const net::HttpRequest& request) {
  const std::string* const type = net::find_header(request.headers, "Content-Type");
  return type ? *type : "";
}

void read_form(const std::string& form, ApiCall& call) {
  for (const auto& [name, value] : net::parse_query(form)) call.args[name] = value;
}

void read_json(const net::HttpRequest& request, ApiCall& call) {
  call.encoding = "json";
  call.no_charset = content_type(request).find("charset") == std::string::npos;
  if (request.body.empty()) return;
  call.args = Json::parse(request.body, nullptr, false);
  if (call.args.is_object()) return;
  call.args = Json::object();
  throw ApiError{"invalid_json", {}};
}

// The arguments of the query are good for all, those of the body as its type says.
void read_arguments(const net::HttpRequest& request, ApiCall& call) {
  call.encoding = "form";
  read_form(request.query, call);
  const std::string type = content_type(request);
  if (type.starts_with("application/json")) return read_json(request, call);
  if (type.starts_with("multipart/form-data")) {
    call.encoding = "multipart";
    for (const Part& part : read_multipart(request)) call.args[part.name] = part.bytes;
    return;
  }
  if (!request.body.empty() && !type.starts_with("application/x-www-form-urlencoded")) {
    throw ApiError{type.empty() ? "missing_post_type" : "invalid_post_type", {}};
  }
  read_form(request.body, call);
}

// A token stands in the header, or among the fields of a form.
std::string take_token(const net::HttpRequest& request, ApiCall& call) {
  std::string token = call.encoding == "json" ? "" : text_at(call.args, "token");
  call.args.erase("token");
  const std::string in_header = token_of(request);
  return in_header.empty() ? token : in_header;
}

TokenKind kind_of(const Slack& slack, const std::string& token) {
  if (token.empty()) return TokenKind::none;
  if (core::same_secret(token, slack.who.bot_token)) return TokenKind::bot;
  return core::same_secret(token, slack.who.app_token) ? TokenKind::app : TokenKind::invalid;
}

// Slack ignores a JSON body where it does not offer one, and then misses the arguments.
void check(const Slack& slack, const Method& method, ApiCall& call) {
  if (call.token == TokenKind::none) throw ApiError{"not_authed", {}};
  if (call.token == TokenKind::invalid) throw ApiError{"invalid_auth", {}};
  if (call.token != method.token) throw ApiError{"not_allowed_token_type", {}};
  if (!method.scope.empty()) need_scope(slack, method.scope);
  if (call.encoding == "json" && !method.json) call.args = Json::object();
  std::vector<std::string> missing;
  for (const std::string_view key : method.required) {
    const auto given = call.args.find(key);
    if (given == call.args.end() || *given == "") {
      missing.push_back("missing required field: " + std::string(key));
    }
  }
  if (!missing.empty()) throw bad_arguments(missing);
}

Json carry_out(Slack& slack, const Method* method, ApiCall& call) {
  if (!method) throw ApiError{"unknown_method", {{"req_method", call.method}}};
  check(slack, *method, call);
  Json answer = method->handler(slack, call);
  answer["ok"] = true;
  if (!call.no_charset) return answer;
  answer["warning"] = "missing_charset";
  answer["response_metadata"]["warnings"].push_back("missing_charset");
  return answer;
}

Json error_answer(const ApiError& error) {
  Json answer = error.more;
  answer["ok"] = false;
  answer["error"] = error.code;
  return answer;
}

net::HttpResponse response_of(const Slack& slack, const Method* method, const Json& answer) {
  net::Headers headers = {{"Content-Type", "application/json; charset=utf-8"},
                          {"Cache-Control", "private, no-cache, no-store, must-revalidate"}};
  std::string scopes;
  for (const std::string& scope : slack.who.scopes) scopes += (scopes.empty() ? "" : ",") + scope;
  if (method && method->token == TokenKind::app) scopes = method->scope;
  headers.emplace_back("x-oauth-scopes", scopes);
  if (method) headers.emplace_back("x-accepted-oauth-scopes", method->scope);
  const bool limited = text_at(answer, "error") == "ratelimited";
  if (limited) headers.emplace_back("Retry-After", "1");
  return {limited ? 429 : 200, std::move(headers),
          answer.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::optional<PlannedFailure> planned(Slack& slack, const std::string& method) {
  const auto at = std::ranges::find(slack.failures, method, &PlannedFailure::method);
  if (at == slack.failures.end()) return std::nullopt;
  PlannedFailure failure = *at;
  if (--at->count <= 0) slack.failures.erase(at);
  return failure;
}

net::HttpResponse answer_to(Slack& slack, const net::HttpRequest& request) {
  ApiCall call;
  call.method = request.path.substr(kPrefix.size());
  const Method* const method = find_method(call.method);
  Json answer;
  std::optional<PlannedFailure> failure;
  try {
    std::optional<ApiError> unreadable;
    try {
      read_arguments(request, call);
    } catch (const ApiError& error) {
      unreadable = error;
    }
    call.token = kind_of(slack, take_token(request, call));
    if (call.token == TokenKind::bot) log_sent(call.method, call.args, call.encoding);
    failure = planned(slack, call.method);
    if (failure && !failure->after) {
      record_call(slack, call, failure->response.status,
                  Json::parse(failure->response.body, nullptr, false));
      return failure->response;
    }
    if (unreadable) throw *unreadable;
    const Json as_received = call.args;
    answer = carry_out(slack, method, call);
    call.args = as_received;
  } catch (const ApiError& error) {
    answer = error_answer(error);
  } catch (const Refusal& refusal) {  // the world's own word, for what no check here foresaw
    answer = error_answer({"internal_error", {{"detail", refusal.message}}});
  }
  net::HttpResponse response = failure ? failure->response : response_of(slack, method, answer);
  record_call(slack, call, response.status, answer);
  return response;
}

}  // namespace

ApiError bad_arguments(const std::vector<std::string>& messages) {
  Json list = Json::array();
  for (const std::string& message : messages) list.push_back("[ERROR] " + message);
  return {"invalid_arguments", {{"response_metadata", {{"messages", std::move(list)}}}}};
}

std::string ApiCall::text(const char* key) const {
  const Json* const found = field_at(args, key);
  if (!found || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

bool ApiCall::flag(const char* key, bool otherwise) const {
  const std::string value = text(key);
  return value.empty() ? otherwise : value == "true" || value == "1";
}

std::size_t ApiCall::number(const char* key, std::size_t otherwise, std::size_t most) const {
  const std::string value = text(key);
  std::size_t number = otherwise;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (!value.empty() && (read.ec != std::errc() || number == 0)) {
    throw bad_arguments({"must be a positive integer [json-pointer:/" + std::string(key) + "]"});
  }
  return std::min(number, most);
}

Json ApiCall::structure(const char* key, const std::string& code) const {
  const Json* const found = field_at(args, key);
  if (!found || found->is_null() || *found == "") return nullptr;
  Json value = found->is_string() ? Json::parse(found->get<std::string>(), nullptr, false) : *found;
  if (!value.is_structured()) throw ApiError{code, {}};
  return value;
}

void need_scope(const Slack& slack, std::string_view scope) {
  if (scope == "connections:write") return;  // the app token has nothing else
  if (std::ranges::find(slack.who.scopes, scope) != slack.who.scopes.end()) return;
  std::string provided;
  for (const std::string& one : slack.who.scopes) provided += (provided.empty() ? "" : ",") + one;
  throw ApiError{"missing_scope", {{"needed", scope}, {"provided", provided}}};
}

void record_call(Slack& slack, const ApiCall& call, int status, const Json& answer) {
  constexpr const char* kKinds[] = {"none", "invalid", "bot", "app"};
  Json entry = {{"seq", slack.next_call++},   {"method", call.method},
                {"args", call.args},          {"encoding", call.encoding},
                {"status", status},           {"token", kKinds[static_cast<int>(call.token)]},
                {"ok", flag_at(answer, "ok")}};
  if (const std::string error = text_at(answer, "error"); !error.empty()) entry["error"] = error;
  slack.calls.add(std::move(entry));
}

void web_api(Slack& slack, const net::HttpRequest& request,
             const net::HttpServer::Respond& respond) {
  const net::HttpResponse response = answer_to(slack, request);
  const Millis delay = slack.chat.faults.delay();
  if (delay == 0) return respond(response);
  slack.chat.io.after(std::chrono::milliseconds(delay), [respond, response] { respond(response); });
}

Json page_of(const ApiCall& call, const char* key, const Json& all) {
  std::size_t first = 0;
  if (const std::string cursor = call.text("cursor"); !cursor.empty()) {
    const std::string place = core::unbase64(cursor).value_or("");
    const bool ours = place.starts_with("next:");
    const auto read = ours ? std::from_chars(place.data() + 5, place.data() + place.size(), first)
                           : std::from_chars_result{nullptr, std::errc::invalid_argument};
    if (read.ec != std::errc() || first > all.size()) throw ApiError{"invalid_cursor", {}};
  }
  const std::size_t last = std::min(all.size(), first + call.number("limit", 100, 1000));
  Json answer = {{key, Json::array()}};
  for (std::size_t i = first; i < last; ++i) answer[key].push_back(all[i]);
  const bool more = last < all.size();
  answer["response_metadata"]["next_cursor"] =
      more ? core::base64("next:" + std::to_string(last)) : "";
  return answer;
}

// What the bot cannot know of does not exist.
Channel& visible_channel(Slack& slack, const std::string& id) {
  Channel* const channel = slack.chat.world.channel(id);
  const bool visible = channel && (channel->type == "O" ||
                                   slack.chat.world.is_member(*channel, slack.who.bot_user_id));
  if (!visible) throw ApiError{"channel_not_found", {}};
  return *channel;
}

}  // namespace countersign::adapters::sandbox::slack
