// What the API serves.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/net/http.h"
#include "bot/app/api_call.h"
#include "bot/core/result.h"

namespace countersign::app {

const std::vector<ApiRoute>& api_routes();

// The routes of a path, and what stands in place of {id}; none: there is no such path. HEAD counts
// as GET.
struct RouteMatch {
  const ApiRoute* route = nullptr;  // null: another method is served here
  std::string allow;                // the methods that are; empty: no such path
  std::string id;
};
RouteMatch match_route(std::string_view method, std::string_view path);

// The fields of the request, each as the route wants it. An Error says what is wrong with it.
Result<std::map<std::string, std::string>> read_fields(const ApiRoute& route, const std::string& id,
                                                       const net::HttpRequest& request);

// Every status that this route may answer with.
std::vector<int> statuses_of(const ApiRoute& route);

}  // namespace countersign::app
