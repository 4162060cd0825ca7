#include "bot/app/api_routes.h"

#include <algorithm>

#include "bot/app/api_approvals.h"
#include "bot/app/api_document.h"
#include "bot/app/api_events.h"
#include "bot/app/api_runs.h"
#include "bot/core/json_guard.h"

namespace countersign::app {
namespace {

constexpr std::string_view kId = "{id}";
using In = ApiField::In;
using Values = std::map<std::string, std::string>;

ApiAnswer document(const ApiRoom&, const ApiCall&) { return {200, api_document()}; }

ApiField id_field(const std::string& about) { return {In::path, "id", about, true, 20, {}}; }

const ApiField kKey{In::header,
                    "Idempotency-Key",
                    "Of your own making: the same one again is the same act and counts once",
                    false,
                    128,
                    {}};

std::size_t length_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

Result<void> check(const ApiField& field, const std::string& value) {
  if (length_of(value) > field.longest)
    return invalid(field.name + " has more than " + std::to_string(field.longest) + " characters");
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (field.in == In::header && !std::ranges::all_of(value, printable))
    return invalid(field.name + " may only have printable ASCII characters");
  if (field.values.empty() || std::ranges::find(field.values, value) != field.values.end())
    return {};
  std::string all;
  for (const auto& one : field.values) all += (all.empty() ? "" : " or ") + one;
  return invalid(field.name + " has to be " + all);
}

const ApiField* field_of(const ApiRoute& route, In in, const std::string& name) {
  const auto found = std::ranges::find_if(
      route.fields, [&](const auto& field) { return field.in == in && field.name == name; });
  return found == route.fields.end() ? nullptr : &*found;
}

Result<void> read_query(const ApiRoute& route, const std::string& query, Values& values) {
  for (const auto& [name, value] : net::parse_query(query)) {
    if (!field_of(route, In::query, name)) return invalid("there is a parameter too many");
    if (!values.emplace(name, value).second) return invalid(name + " stands twice");
  }
  return {};
}

Result<void> read_headers(const ApiRoute& route, const net::Headers& headers, Values& values) {
  for (const auto& field : route.fields) {
    if (field.in != In::header) continue;
    const auto all = net::all_values(headers, field.name);
    if (all.size() > 1) return invalid(field.name + " stands twice");
    if (all.empty()) continue;
    if (all.front().empty()) return invalid(field.name + " is empty");
    values.emplace(field.name, all.front());
  }
  return {};
}

Result<void> read_body(const ApiRoute& route, const std::string& text, Values& values) {
  const auto read = core::read_json(text);
  if (read.kind != core::JsonReading::Kind::value) return invalid(read.note);
  if (!read.value.is_object()) return invalid("the body has to be a JSON object");
  for (const auto& [name, value] : read.value.items()) {
    const ApiField* field = field_of(route, In::body, name);
    if (!field) return invalid("the body has a key too many: " + core::make_visible(name, 60));
    if (field->json && !value.is_structured())
      return invalid(name + " has to be an object or a list");
    if (!field->json && !value.is_string()) return invalid(name + " has to be text");
    values.emplace(name, field->json ? value.dump() : value.get<std::string>());
  }
  return {};
}

}  // namespace

const std::vector<ApiRoute>& api_routes() {
  static const std::vector<ApiRoute> kRoutes = {
      {"GET", "/api/v1/openapi.json", "openapi", "This document", "Document", {}, document},
      {"GET",
       "/api/v1/approvals",
       "listApprovals",
       "What waits for people, the most urgent first",
       "Approvals",
       {{In::query,
         "state",
         "Only those that wait, which is also what is meant without it",
         false,
         20,
         {"pending"}}},
       list_approvals},
      {"GET",
       "/api/v1/approvals/{id}",
       "showApproval",
       "One question with its plan, dry run and votes",
       "Approval",
       {id_field("The number of the approval, or R12 for what is asked about run R12 now")},
       show_approval},
      {"POST",
       "/api/v1/approvals/{id}/votes",
       "vote",
       "A vote of whoever the token belongs to, by the same rules as in the chat",
       "VoteAnswer",
       {id_field("The number of the approval, or R12 for what is asked about run R12 now"),
        kKey,
        {In::body, "choice", "", true, 20, {"approve", "deny", "retract"}},
        {In::body,
         "plan_hash",
         "Of the plan that was read; an approval has to name it, and counts for no other plan",
         false,
         64,
         {}},
        {In::body, "reason", "Everybody can read it, and it stays in the record", false, 500, {}},
        {In::body,
         "code",
         "The one-time code, where the plan's policy asks for one",
         false,
         20,
         {}}},
       cast_vote},
      {"POST",
       "/api/v1/runs/{id}/cancel",
       "cancelRun",
       "Withdraws a run that has not begun, or tells one that runs to end",
       "CancelAnswer",
       {id_field("The number of the run, or R12"),
        {In::body, "reason", "Everybody can read it, and it stays in the record", true, 500, {}}},
       cancel_run},
      {"POST",
       "/api/v1/events",
       "postEvent",
       "Something that happened, for the rules to look at",
       "EventAnswer",
       {{In::body, "trigger", "Trigger type, as rules name it", true, 200, {}},
        {In::body, "payload", "What rules see as trigger", true, kEventBody, {}, true},
        {In::body,
         "dedup_key",
         "The same again is the same event; without it every call is another one",
         false,
         500,
         {}},
        {In::body, "correlation", "A trace id: 32 hexadecimal digits", false, 36, {}}},
       post_event,
       true},
  };
  return kRoutes;
}

RouteMatch match_route(std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  RouteMatch match;
  for (const ApiRoute& route : api_routes()) {
    const std::string_view pattern = route.path;
    const auto at = pattern.find(kId);
    std::string_view id;
    if (at == std::string_view::npos) {
      if (path != pattern) continue;
    } else {
      const auto tail = pattern.substr(at + kId.size());
      if (!path.starts_with(pattern.substr(0, at)) || !path.ends_with(tail) ||
          path.size() <= at + tail.size())
        continue;
      id = path.substr(at, path.size() - at - tail.size());
      if (id.find('/') != std::string_view::npos) continue;
    }
    match.allow +=
        (match.allow.empty() ? "" : ", ") + route.method + (route.changes() ? "" : ", HEAD");
    if (route.method != method) continue;
    match.route = &route;
    match.id = id;
  }
  return match;
}

Result<Values> read_fields(const ApiRoute& route, const std::string& id,
                           const net::HttpRequest& request) {
  Values values;
  if (!id.empty()) values["id"] = id;
  if (const auto read = read_query(route, request.query, values); !read) return read.error();
  if (const auto read = read_headers(route, request.headers, values); !read) return read.error();
  if (route.changes()) {
    if (const auto read = read_body(route, request.body, values); !read) return read.error();
  }
  for (const ApiField& field : route.fields) {
    const auto found = values.find(field.name);
    if (found == values.end() && field.required) return invalid(field.name + " is missing");
    if (found == values.end()) continue;
    if (const auto checked = check(field, found->second); !checked) return checked.error();
  }
  return values;
}

std::vector<int> statuses_of(const ApiRoute& route) {
  std::vector<int> all = {200, 400, 401, 429, 500, 503};
  if (route.path.find(kId) != std::string::npos) all.push_back(404);
  if (route.changes()) all.insert(all.end(), {403, 409, 413, 415});
  if (route.feeds) all.push_back(202);
  std::ranges::sort(all);
  return all;
}

}  // namespace countersign::app
