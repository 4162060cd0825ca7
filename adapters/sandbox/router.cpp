#include "adapters/sandbox/router.h"

#include <algorithm>
#include <charconv>

#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr std::string_view kPrefix = "/api/v4/";

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == path.npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

// A value that does not fit makes the route not match: that is a 404, as there.
bool fits(std::string_view name, std::string_view value) {
  const bool strict = name.ends_with("_id");
  return !value.empty() && std::ranges::all_of(value, [&](unsigned char c) {
    return std::isalnum(c) || (!strict && (c == '.' || c == '_' || c == '+' || c == '-'));
  });
}

bool matches(const Route& route, const net::HttpRequest& request,
             const std::vector<std::string_view>& path, Call& call) {
  if (route.method != request.method) return false;
  const std::vector<std::string_view> pattern = segments(route.pattern);
  if (pattern.size() != path.size()) return false;
  call.params.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!pattern[i].starts_with('{')) {
      if (pattern[i] != path[i]) return false;
      continue;
    }
    const std::string name(pattern[i].substr(1, pattern[i].size() - 2));
    const std::string value = net::percent_decode(path[i]);
    if (!fits(name, value)) return false;
    call.params[name] = value;
  }
  return true;
}

// Literal segments come before patterns in the tables, so the first match is the right one.
const Route* find_route(const net::HttpRequest& request, Call& call) {
  const std::vector<std::string_view> path =
      segments(std::string_view(request.path).substr(kPrefix.size()));
  for (const auto& routes :
       {user_routes(), session_routes(), channel_routes(), membership_routes(), post_routes(),
        listing_routes(), click_routes(), system_routes(), file_routes()}) {
    for (const Route& route : routes) {
      if (matches(route, request, path, call)) return &route;
    }
  }
  return nullptr;
}

void authenticate(Chat& chat, Call& call) {
  call.token = token_of(call.request);
  const Session* const session = chat.world.session(call.token);
  if (!session) throw no_session(call.token.empty() ? "UserRequired" : "token=" + call.token);
  call.user = chat.world.user(session->user_id);
}

// After authentication, so that a stranger learns nothing from the difference.
void check_params(const Chat& chat, Call& call) {
  for (auto& [name, value] : call.params) {
    if (name == "user_id" && value == "me" && call.user) value = call.user->id;
    const bool any_id = name == "action_id" || name == "hook_id";
    if (name.ends_with("_id") && !any_id && !chat.world.ids.valid(value)) throw bad_url(name);
  }
}

// What every answer carries.
net::Headers usual_headers(Chat& chat) {
  return {{"X-Version-Id", kVersionId}, {"X-Request-Id", chat.world.ids.fresh()}, {"Expires", "0"}};
}

Json refusal_body(Chat& chat, const Refusal& refusal) {
  Json body = {{"id", refusal.id},
               {"message", refusal.message},
               {"detailed_error", refusal.detail},
               {"status_code", refusal.status}};
  if (refusal.id != "api.context.404.app_error") body["request_id"] = chat.world.ids.fresh();
  return body;
}

net::HttpResponse response_of(Chat& chat, Answer answer, net::Headers headers) {
  std::ranges::move(usual_headers(chat), std::back_inserter(headers));
  std::ranges::move(answer.headers, std::back_inserter(headers));
  if (answer.bytes.empty()) return json_response(answer.status, answer.body, std::move(headers));
  return {answer.status, std::move(headers), std::move(answer.bytes)};
}

std::size_t number_of(const std::string& text, std::size_t otherwise, std::size_t most) {
  std::size_t number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::min(number, most);
}

void handle(Chat& chat, Call& call) {
  const Route* const route = find_route(call.request, call);
  if (!route) throw no_route(call.request.path);
  if (route->access == Access::session) authenticate(chat, call);
  check_params(chat, call);
  call.query = net::parse_query(call.request.query);
  // Text that is no JSON becomes "discarded", which no handler's check accepts.
  call.body = Json::parse(call.request.body, nullptr, false);
  if (std::optional<Answer> answer = route->handler(chat, call)) call.respond(std::move(*answer));
}

// The call the faults are aimed at is refused before anything happens.
std::optional<net::HttpResponse> struck(Chat& chat, const net::HttpRequest& request) {
  const Session* const session = chat.world.session(token_of(request));
  const auto status =
      chat.faults.strike(session ? session->user_id : "", request.method + " " + request.path);
  if (!status) return std::nullopt;
  if (*status == 429) return limit_exceeded({{"Retry-After", "1"}});
  const Refusal refusal{*status, "sandbox.refused_on_demand", "Refused on demand.", ""};
  return json_response(*status, refusal_body(chat, refusal));
}

}  // namespace

std::string Call::query_text(std::string_view name) const {
  const auto at = std::ranges::find(query, name, [](const auto& pair) { return pair.first; });
  return at == query.end() ? "" : at->second;
}

std::size_t Call::page() const { return number_of(query_text("page"), 0, 1'000'000); }
std::size_t Call::per_page() const { return number_of(query_text("per_page"), 60, 200); }

Json page_of(const Json& all, const Call& call) {
  const std::size_t first = std::min(all.size(), call.page() * call.per_page());
  const std::size_t last = std::min(all.size(), first + call.per_page());
  Json page = Json::array();
  for (std::size_t i = first; i < last; ++i) page.push_back(all[i]);
  return page;
}

Channel& readable_channel(Chat& chat, const Call& call) {
  Channel* const channel = chat.world.channel(call.param("channel_id"));
  if (!channel || !chat.world.can_read(*channel, *call.user)) {
    throw no_permission(*call.user, "read_channel");
  }
  return *channel;
}

Post& readable_post(Chat& chat, const Call& call) {
  Post* const post = chat.world.live_post(call.param("post_id"));
  if (!post) throw no_post(call.param("post_id"));
  if (!chat.world.can_read(*chat.world.channel(post->channel_id), *call.user)) {
    throw no_permission(*call.user, "read_channel");
  }
  return *post;
}

void route(Chat& chat, const net::HttpRequest& request, net::HttpServer::Respond respond) {
  if (const Millis delay = chat.faults.delay(); delay > 0) {
    respond = [&chat, delay, inner = std::move(respond)](net::HttpResponse response) {
      chat.io.after(std::chrono::milliseconds(delay), [inner, response] { inner(response); });
    };
  }
  net::Headers headers;
  if (!within_limit(chat, request, headers)) return respond(limit_exceeded(std::move(headers)));
  if (auto response = struck(chat, request)) return respond(std::move(*response));
  Call call{.request = request};
  call.respond = [&chat, respond, headers](Answer answer) {
    respond(response_of(chat, std::move(answer), headers));
  };
  call.refuse = [reply = call.respond, &chat](const Refusal& refusal) {
    reply({refusal.status, refusal_body(chat, refusal), {}, ""});
  };
  try {
    handle(chat, call);
  } catch (const Refusal& refusal) {
    call.refuse(refusal);
  }
}

}  // namespace countersign::adapters::sandbox
