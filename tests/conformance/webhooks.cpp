// The cases of webhook senders: the same lock and the same reading as the door's, with the options
// of a case put into a source as its configuration would.
#include <map>
#include <string>
#include <vector>

#include "adapters/net/forwarded.h"
#include "adapters/webhook/answers.h"
#include "adapters/webhook/lock.h"
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

// Certificates and keys that a case brings along.
class Given : public webhook::Documents {
 public:
  Given(const Json& config, core::Instant now) : now_(now) {
    const Json certificates = config.value("certs", Json::object());
    for (const auto& [url, pem] : certificates.items()) texts_[url] = pem.get<std::string>();
    if (config.contains("jwks")) texts_["keys"] = config.at("jwks").dump();
  }
  std::optional<webhook::Document> find(const std::string& url) const override {
    const auto found = texts_.find(url);
    if (found == texts_.end()) return std::nullopt;
    return webhook::Document{found->second, now_};
  }

 private:
  std::map<std::string, std::string> texts_;
  core::Instant now_;
};

core::Instant now_of(const Json& test_case) {
  return core::Instant(std::chrono::seconds(test_case.value("now", std::int64_t{0})));
}

net::HttpRequest request_of(const Json& given) {
  net::HttpRequest request;
  request.method = given.value("method", "POST");
  request.path = given.value("path", "/");
  const auto question = request.path.find('?');
  if (question != std::string::npos) request.query = request.path.substr(question + 1);
  request.peer = given.value("peer", "127.0.0.1");
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

std::vector<config::Credential> credentials(const Json& values) {
  std::vector<config::Credential> out;
  for (const Json& one : values)
    out.push_back({config::Secret(one.get<std::string>()), std::to_string(out.size() + 1), {}});
  return out;
}

std::vector<std::string> texts(const Json& values) {
  return values.get<std::vector<std::string>>();
}

config::NamedToken named(const Json& given) {
  return {given.at("name").get<std::string>(), credentials(given.at("values"))};
}

// What each option of a case means in a source.
using Option = void (*)(config::Source& source, const Json& value);
const std::map<std::string, Option>& options() {
  static const std::map<std::string, Option> kOptions = {
      {"secrets", [](auto& s, const Json& v) { s.secrets = credentials(v); }},
      {"signing_secret", [](auto& s, const Json& v) { s.secrets = credentials(Json::array({v})); }},
      {"token",
       [](auto& s, const Json& v) {
         s.header = {config::sender_of(s.kind).token_header, credentials(Json::array({v}))};
       }},
      {"bearer", [](auto& s, const Json& v) { s.bearers = credentials(v); }},
      {"basic",
       [](auto& s, const Json& v) {
         for (const Json& one : v)
           s.basics.push_back({one.at("user").get<std::string>(),
                               credentials(Json::array({one.at("password")})).front()});
       }},
      {"header",
       [](auto& s, const Json& v) {
         if (v.is_object()) {
           s.header = named(v);
         } else {
           s.signing.header = v.get<std::string>();
         }
       }},
      {"query", [](auto& s, const Json& v) { s.query = named(v); }},
      {"timestamp_header",
       [](auto& s, const Json& v) {
         s.signing.time_header = v.get<std::string>();
         s.signing.text = "{time}:{body}";
       }},
      {"tolerance_s",
       [](auto& s, const Json& v) { s.tolerance = std::chrono::seconds(v.get<int>()); }},
      {"public_keys",
       [](auto& s, const Json& v) {
         for (const Json& one : v)
           s.public_keys.emplace_back(core::unbase64(one.get<std::string>().substr(5)).value());
       }},
      {"allow_sha1", [](auto& s, const Json& v) { s.sha1 = v.get<bool>(); }},
      {"allow_cidr", [](auto& s, const Json& v) { s.allow = texts(v); }},
      {"topics",
       [](auto& s, const Json& v) {
         s.sns = {texts(v), true};
       }},
      {"certs", [](auto&, const Json&) {}},
      {"jwks",
       [](auto& s, const Json&) {
         if (!s.oidc) s.oidc.emplace();
         s.oidc->keys_url = "keys";
       }},
      {"issuers",
       [](auto& s, const Json& v) {
         if (!s.oidc) s.oidc.emplace();
         s.oidc->issuers = texts(v);
       }},
      {"audience",
       [](auto& s, const Json& v) {
         if (!s.oidc) s.oidc.emplace();
         s.oidc->audience = v.get<std::string>();
       }},
      {"emails",
       [](auto& s, const Json& v) {
         if (!s.oidc) s.oidc.emplace();
         s.oidc->emails = texts(v);
       }},
      {"leeway_s",
       [](auto& s, const Json& v) {
         if (!s.oidc) s.oidc.emplace();
         s.oidc->leeway = std::chrono::seconds(v.get<int>());
       }},
      {"allowed_origins", [](auto& s, const Json& v) { s.origins = texts(v); }},
      {"allowed_rate", [](auto& s, const Json& v) { s.rate = v.get<int>(); }},
      {"trusted_proxies", [](auto&, const Json&) {}},
      {"source", [](auto&, const Json&) {}},
  };
  return kOptions;
}

config::Source source_of(const std::string& kind) {
  config::Source source;
  source.name = "vector";
  source.kind = kind;
  source.signing = config::sender_of(kind).signing;
  if (kind == "generic") source.trigger = "webhook";
  return source;
}

// What the door makes of a request, in the words of the vector files.
Json judge(const config::Source& source, const net::HttpRequest& request, core::Instant now,
           const webhook::Documents& documents) {
  if (request.method == "OPTIONS") {
    const auto answer = webhook::consent(source, request.headers);
    return {
        {"accept", answer.status == 200}, {"creates_event", false}, {"headers", answer.headers}};
  }
  const auto proof = webhook::Lock(source).check(source, request, now, documents);
  if (proof.kind != webhook::Proof::Kind::good) return {{"accept", false}, {"status", 401}};
  NoTrace ids;
  const auto reading = webhook::Wire(source).read(source, request.headers, request.body, ids);
  if (!reading) return {{"accept", false}, {"status", 400}};
  if (reading->answer) {
    return {{"accept", reading->answer->status < 300},
            {"status", reading->answer->status},
            {"creates_event", !reading->events.empty()},
            {"fetch", reading->visit.empty() ? Json() : Json(reading->visit)},
            {"headers", reading->answer->headers},
            {"text", reading->answer->body}};
  }
  Json events = Json::array();
  for (const core::Incoming& event : reading->events) events.push_back(event.body);
  const core::Incoming& first = reading->events.front();
  return {{"accept", true},
          {"status", 202},
          {"dedup_key", first.delivery_id},
          {"event", first.body.is_object() ? first.body.value("event", Json()) : Json()},
          {"events", std::move(events)}};
}

// Attributes and data apart, as the files have them.
Json cloudevents(const Json& events) {
  Json out = Json::array();
  for (Json event : events) {
    Json one = Json::object();
    for (const char* key : {"data", "data_base64"}) {
      if (!event.contains(key)) continue;
      one[key] = event.at(key);
      event.erase(key);
    }
    one["attributes"] = std::move(event);
    out.push_back(std::move(one));
  }
  return out;
}

// The parts of an answer that a case names.
Json named_parts(const Json& expected, const Json& verdict) {
  Json headers = Json::object();
  for (const Json& header : verdict.value("headers", Json::array()))
    headers[header.at(0).get<std::string>()] = header.at(1);
  Json actual = Json::object();
  for (const auto& [key, value] : expected.items()) {
    if (key == "status") actual[key] = verdict.value("status", Json());
    if (key == "json") actual[key] = Json::parse(verdict.value("text", "null"));
    if (key == "absent_headers")
      actual[key] = headers.contains(value.at(0).get<std::string>()) ? Json("present") : value;
    if (key == "allow_contains") actual[key] = headers.value("Allow", Json());
    if (key != "headers") continue;
    actual[key] = Json::object();
    for (const auto& [name, text] : value.items()) actual[key][name] = headers.value(name, Json());
  }
  return actual;
}

// Both sides reduced to what the case states. `why` is a hint and not compared.
void compare(Tally& tally, const Json& test_case, const Json& verdict) {
  Json expected = test_case.at("expect");
  expected.erase("why");
  Json actual = Json::object();
  for (const auto& [key, value] : expected.items()) {
    actual[key] = verdict.value(key, Json());
    if (key == "events") actual[key] = cloudevents(actual[key]);
    if (key == "response") actual[key] = named_parts(value, verdict);
  }
  tally.check(test_case, expected, actual);
}

std::string peer_of(const Json& config, const net::HttpRequest& request) {
  std::vector<core::Cidr> trusted;
  for (const Json& one : config.value("trusted_proxies", Json::array()))
    trusted.push_back(core::Cidr::parse(one.get<std::string>()).value());
  return net::sender_of(request.peer, request.headers, trusted);
}

void run_case(Tally& tally, const Json& test_case) {
  const Json& config = test_case.at("config");
  config::Source source = source_of(config.at("source").get<std::string>());
  for (const auto& [key, value] : config.items()) {
    const auto option = options().find(key);
    if (option == options().end()) return tally.skip("no option " + key);
    option->second(source, value);
  }
  net::HttpRequest request = request_of(test_case.at("request"));
  request.peer = peer_of(config, request);
  const core::Instant now = now_of(test_case);
  compare(tally, test_case, judge(source, request, now, Given(config, now)));
}

// All events of a delivery; two deliveries are the same when these are.
std::vector<std::string> dedup_keys(const config::Source& source, const Json& given) {
  NoTrace ids;
  const net::HttpRequest request = request_of(given);
  const auto reading = webhook::Wire(source).read(source, request.headers, request.body, ids);
  if (!reading) return {reading.error().message};
  std::vector<std::string> keys;
  for (const core::Incoming& event : reading->events) keys.push_back(event.dedup_key);
  return keys;
}

}  // namespace

Tally run_senders(const Json& file) {
  Tally tally;
  for (const Json& test_case : file.at("cases")) run_case(tally, test_case);
  return tally;
}

Tally run_dedup(const Json& file) {
  Tally tally;
  for (const Json& test_case : file.at("cases")) {
    const auto source = source_of(test_case.at("source").get<std::string>());
    const bool same =
        dedup_keys(source, test_case.at("first")) == dedup_keys(source, test_case.at("second"));
    compare(tally, test_case, {{"same_event", same}});
  }
  return tally;
}

}  // namespace countersign::conformance
