#include "actions/http.h"

#include <algorithm>
#include <array>
#include <string>

#include "actions/attempt.h"
#include "actions/target_guard.h"
#include "adapters/net/http_client.h"
#include "adapters/net/url.h"
#include "bot/core/unicode.h"

namespace countersign::actions {
namespace {

using core::Outcome;
using core::OutcomeClass;

// Ours to set: a call that sets them could split one request into two, or hide which run it belongs
// to.
constexpr std::array kOurHeaders{
    "content-length",  "transfer-encoding", "connection",         "host",
    "idempotency-key", "traceparent",       "x-countersign-fence"};

Result<std::string> text_at(const Json& call, const char* key, const char* fallback) {
  const auto found = call.find(key);
  if (found == call.end() || found->is_null()) return std::string(fallback);
  if (!found->is_string()) return invalid(std::string("malformed call: ") + key + " must be text");
  return found->get<std::string>();
}

Result<void> add_headers(const Json& headers, net::HttpCall& http) {
  if (!headers.is_object()) return invalid("malformed call: headers must be an object");
  for (const auto& [name, value] : headers.items()) {
    if (!value.is_string() || !net::sendable(name, value.get_ref<const std::string&>())) {
      return invalid("malformed call: a header cannot be sent as it is");
    }
    if (std::ranges::find(kOurHeaders, core::to_lower(name)) != kOurHeaders.end()) {
      return invalid("malformed call: the header " + name + " is not the action's to set");
    }
    http.headers.emplace_back(name, value.get<std::string>());
  }
  return {};
}

Result<net::HttpCall> read_call(const Json& call) {
  if (!call.is_object()) return invalid("malformed call: it must be an object");
  net::HttpCall http;
  const auto method = text_at(call, "method", "GET");
  const auto url = text_at(call, "url", "");
  if (!method) return method.error();
  if (!url) return url.error();
  if (!net::sendable(*method, "")) return invalid("malformed call: no such method");
  http.method = *method;
  http.url = *url;
  if (const auto added = add_headers(call.value("headers", Json::object()), http); !added)
    return added.error();

  const Json body = call.value("body", Json());
  if (body.is_string()) {
    http.body = body.get<std::string>();
  } else if (!body.is_null()) {
    http.body = body.dump();
    if (net::find_header(http.headers, "Content-Type") == nullptr) {
      http.headers.emplace_back("Content-Type", "application/json");
    }
  }
  return http;
}

OutcomeClass class_of(int status, const std::vector<int>& not_applied_codes) {
  if (std::ranges::find(not_applied_codes, status) != not_applied_codes.end())
    return OutcomeClass::not_applied;
  if (status >= 200 && status < 300) return OutcomeClass::ok;
  return status >= 300 && status < 500 ? OutcomeClass::failed : OutcomeClass::ambiguous;
}

Outcome outcome_of(const net::HttpResult& result, const core::RunRequest& request) {
  if (result.kind == net::HttpResult::Kind::not_sent)
    return outcome(OutcomeClass::not_applied, result.why);
  if (result.kind == net::HttpResult::Kind::ambiguous)
    return outcome(OutcomeClass::ambiguous, result.why);
  const int status = result.response.status;
  const auto klass = class_of(status, request.not_applied_codes);
  Outcome made =
      outcome(klass, klass == OutcomeClass::ok ? "" : "HTTP status " + std::to_string(status));
  made.code = status;
  Output output(request.output_limit);
  const auto kept = output.add(result.response.body);
  if (!kept.empty() && request.on_output) request.on_output(kept);
  made.output = output.text();
  made.truncated = result.truncated || output.truncated();
  return made;
}

}  // namespace

Result<void> HttpRunner::check(const core::Action& action) const {
  const auto is_url = [](const core::Parameter& p) { return p.name == "url"; };
  if (std::ranges::none_of(action.parameters, is_url))
    return invalid("an http-request needs a parameter url");
  return {};
}

core::Outcome HttpRunner::run(const core::RunRequest& request, std::stop_token stop) {
  return attempt([&] {
    auto http = read_call(request.call);
    if (!http) return not_carried_out(http.error());
    auto address = allowed_address(http->url, options_.allow_loopback);
    if (!address) return not_carried_out(address.error());
    http->connect_to = std::move(*address);
    http->headers.emplace_back("Idempotency-Key", request.idempotency_key);
    http->headers.emplace_back("traceparent", traceparent(request));
    http->headers.emplace_back("X-Countersign-Fence", std::to_string(request.fence));
    http->timeout = request.timeout;
    http->response_limit = request.output_limit;
    return outcome_of(net::call(*http, std::move(stop)), request);
  });
}

}  // namespace countersign::actions
