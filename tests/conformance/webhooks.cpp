// The cases of webhook senders, as far as the door knows their kinds: GitHub, Alertmanager, and
// generic bearer and basic.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/webhook/signature.h"
#include "adapters/webhook/wire.h"
#include "bot/core/digest.h"
#include "tests/conformance/kinds.h"

namespace countersign::conformance {
namespace {

namespace webhook = adapters::webhook;

class NoTrace : public core::IdSource {
 public:
  core::CorrelationId correlation() override { return {}; }
  std::string uuid() override { return {}; }
  std::string token(int) override { return {}; }
  double chance() override { return 0; }
};

struct Request {
  net::Headers headers;
  std::string body;
};

Request request_of(const Json& given) {
  Request request;
  const Json headers = given.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    const Json values = value.is_array() ? value : Json::array({value});
    for (const Json& one : values) request.headers.emplace_back(name, one.get<std::string>());
  }
  request.body = given.contains("body_b64")
                     ? core::unbase64(given.at("body_b64").get<std::string>()).value()
                     : given.value("body", "");
  return request;
}

config::Source source_of(const std::string& kind) {
  config::Source source;
  source.name = "vector";
  source.kind = kind;
  return source;
}

// The options of a case, as the door takes them: lists are alternatives.
webhook::Credentials credentials_of(const Json& config) {
  webhook::Credentials credentials;
  for (const Json& token : config.value("bearer", Json::array())) {
    credentials.bearers.emplace_back(token.get<std::string>());
  }
  for (const Json& pair : config.value("basic", Json::array())) {
    credentials.basics.push_back({pair.at("user").get<std::string>(),
                                  config::Secret(pair.at("password").get<std::string>())});
  }
  if (config.contains("secrets")) {
    config::Source github = source_of("github");
    github.hmac = config::HmacAuth{};
    for (const Json& secret : config.at("secrets"))
      github.hmac->secrets.emplace_back(secret.get<std::string>());
    credentials.hmac = webhook::credentials_of(github).hmac;
  }
  return credentials;
}

// What the door makes of a request, in the words of the vector files.
Json judge(const config::Source& source, const webhook::Credentials& credentials,
           const Request& request) {
  if (!webhook::authentic(credentials, request.headers, request.body))
    return {{"accept", false}, {"status", 401}};
  NoTrace ids;
  const auto events = webhook::read_delivery(source, request.headers, request.body, ids);
  if (!events) return {{"accept", false}, {"status", 400}};
  Json verdict{{"accept", true}, {"status", 202}, {"dedup_key", events->front().delivery_id}};
  if (source.kind == "github") verdict["event"] = events->front().body.value("event", "");
  return verdict;
}

// Both sides reduced to what the case states. `why` is a hint and not compared.
void compare(Tally& tally, const Json& test_case, const Json& verdict) {
  Json expected = test_case.at("expect");
  expected.erase("why");
  Json actual = Json::object();
  for (const auto& [key, value] : expected.items()) actual[key] = verdict.value(key, Json());
  tally.check(test_case, expected, actual);
}

// The first option the door does not offer, or nothing.
std::optional<std::string> unknown_option(const Json& config, const std::set<std::string>& known) {
  for (const auto& [key, value] : config.items()) {
    if (!known.contains(key)) return key;
  }
  return std::nullopt;
}

void run_case(Tally& tally, const Json& test_case, const std::string& kind,
              const std::set<std::string>& options) {
  const Json& config = test_case.at("config");
  if (const auto option = unknown_option(config, options))
    return tally.skip("no option " + *option);
  if (kind == "generic" && test_case.at("expect").contains("dedup_key"))
    return tally.skip("no built-in recipe");
  compare(tally, test_case,
          judge(source_of(kind), credentials_of(config), request_of(test_case.at("request"))));
}

// All events of a delivery; two deliveries are the same when these are.
std::vector<std::string> dedup_keys(const std::string& kind, const Json& given) {
  NoTrace ids;
  const Request request = request_of(given);
  std::vector<std::string> keys;
  const auto events = webhook::read_delivery(source_of(kind), request.headers, request.body, ids);
  if (!events) return {events.error().message};
  for (const core::Incoming& event : *events) keys.push_back(event.dedup_key);
  return keys;
}

}  // namespace

Tally run_codehosts(const Json& file) {
  Tally tally;
  for (const Json& test_case : file.at("cases")) {
    const std::string group = test_case.at("group").get<std::string>();
    if (group == "github") {
      run_case(tally, test_case, "github", {"source", "secrets"});
    } else {
      tally.skip("no source of kind " + group);
    }
  }
  return tally;
}

Tally run_tokens(const Json& file) {
  Tally tally;
  for (const Json& test_case : file.at("cases")) {
    const std::string group = test_case.at("group").get<std::string>();
    const bool alerts = test_case.at("config").value("source", "") == "alertmanager";
    if (group == "bearer" || group == "basic") {
      run_case(tally, test_case, alerts ? "alertmanager" : "generic", {"source", group});
    } else {
      tally.skip("no authentication by " + group);
    }
  }
  return tally;
}

Tally run_dedup(const Json& file) {
  Tally tally;
  for (const Json& test_case : file.at("cases")) {
    const std::string kind = test_case.at("source").get<std::string>();
    if (kind != "github" && kind != "alertmanager") {
      tally.skip("no source of kind " + kind);
      continue;
    }
    const bool same =
        dedup_keys(kind, test_case.at("first")) == dedup_keys(kind, test_case.at("second"));
    compare(tally, test_case, {{"same_event", same}});
  }
  return tally;
}

Tally run_other_senders(const Json& file) {
  Tally tally;
  for (const Json& test_case : file.at("cases")) {
    tally.skip("no source of kind " + test_case.value("group", test_case.value("source", "?")));
  }
  return tally;
}

}  // namespace countersign::conformance
