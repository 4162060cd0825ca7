#include "adapters/webhook/answers.h"

#include <algorithm>
#include <charconv>

#include "bot/core/json.h"

namespace countersign::adapters::webhook {
namespace {

Json entry_of(const core::Accepted& accepted) {
  Json entry{{"event", accepted.event.value},
             {"correlation_id", accepted.correlation.text()},
             {"duplicate", accepted.verdict != core::Acceptance::fresh}};
  if (accepted.verdict == core::Acceptance::conflict)
    entry["error"] = "known delivery id with another body";
  return entry;
}

// Stored anything: 202. Otherwise a conflict must not look like success.
int status_of(const std::vector<core::Accepted>& all) {
  const auto any = [&](core::Acceptance verdict) {
    return std::ranges::find(all, verdict, &core::Accepted::verdict) != all.end();
  };
  if (any(core::Acceptance::fresh) || any(core::Acceptance::replay)) return 202;
  return any(core::Acceptance::conflict) ? 409 : 200;
}

int number_in(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

}  // namespace

net::HttpResponse failure(int status, const std::string& reason) {
  net::HttpResponse response{status, {}, Json{{"error", reason}}.dump()};
  if (status == 405) response.headers.emplace_back("Allow", "POST");
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "5");
  return response;
}

net::HttpResponse outcome(const Result<std::vector<core::Accepted>>& result) {
  if (!result) return failure(503, "nothing was stored; send it again later");
  if (result->empty()) return failure(503, "nothing was stored");
  const int status = status_of(*result);
  if (status == 409 && result->size() == 1)
    return failure(409, "known delivery id with another body");
  Json body = entry_of(result->front());
  if (result->size() > 1) {
    body["events"] = Json::array();
    for (const core::Accepted& accepted : *result) body["events"].push_back(entry_of(accepted));
  }
  return {status, {}, body.dump()};
}

net::HttpResponse consent(const config::Source& source, const net::Headers& headers) {
  const auto asked = net::all_values(headers, "webhook-request-origin");
  const auto known = [&](const std::string& origin) {
    return std::ranges::find(source.origins, origin) != source.origins.end();
  };
  if (asked.size() != 1 || asked.front().empty() || !(known(asked.front()) || known("*")))
    return failure(405, "only POST");
  net::HttpResponse response{
      200, {{"Allow", "POST"}, {"WebHook-Allowed-Origin", asked.front()}}, {}};
  const std::string* given = net::find_header(headers, "webhook-request-rate");
  const int wanted = given == nullptr ? 0 : number_in(*given);
  const int most = source.rate;
  const int rate = wanted > 0 && (most == 0 || wanted < most) ? wanted : most;
  response.headers.emplace_back("WebHook-Allowed-Rate", rate == 0 ? "*" : std::to_string(rate));
  return response;
}

}  // namespace countersign::adapters::webhook
