// What the webhook tests share: sources, signed requests, and an inbox that remembers like the real
// one.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "adapters/net/http.h"
#include "adapters/webhook/documents.h"
#include "bot/core/digest.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/ports/services.h"
#include "config/settings.h"

namespace countersign::adapters::webhook::test {

inline config::Source bearer_source(const std::string& kind = "generic",
                                    const std::string& name = "alerts") {
  config::Source source;
  source.name = name;
  source.kind = kind;
  source.trigger = kind == "generic" ? "acme.thing" : "";
  source.bearers = {{config::Secret("tok-1"), "1", {}}};
  return source;
}

inline config::Source github_source() {
  config::Source source;
  source.name = "gh";
  source.kind = "github";
  source.signing = config::sender_of("github").signing;
  source.secrets = {{config::Secret("s3cret"), "1", {}}};
  return source;
}

inline net::HttpRequest bearer_request(const std::string& path, std::string body) {
  return {"POST",          path,       path, "", {{"Authorization", "Bearer tok-1"}},
          std::move(body), "127.0.0.1"};
}

inline std::string github_signature(const std::string& body, const std::string& secret = "s3cret") {
  return "sha256=" + core::hex(core::hmac(core::HashAlgorithm::sha256, secret, body));
}

inline net::HttpRequest github_request(const std::string& delivery, const std::string& body,
                                       const std::string& event = "push") {
  return {"POST",
          "/hooks/gh",
          "/hooks/gh",
          "",
          {{"X-GitHub-Event", event},
           {"X-GitHub-Delivery", delivery},
           {"X-Hub-Signature-256", github_signature(body)}},
          body,
          "127.0.0.1"};
}

inline Json alert(const std::string& name, const std::string& status = "firing",
                  const std::string& starts_at = "2026-01-01T00:00:00Z") {
  return {{"status", status},
          {"labels", {{"alertname", name}, {"instance", "web-3"}}},
          {"annotations", {{"summary", "it is full"}}},
          {"startsAt", starts_at},
          {"endsAt", "0001-01-01T00:00:00Z"},
          {"generatorURL", "http://prom/graph"},
          {"fingerprint", "fp-" + name}};
}

inline Json group(std::vector<Json> alerts) {
  return {{"version", "4"},
          {"groupKey", "{}:{alertname=\"DiskFull\"}"},
          {"status", "firing"},
          {"receiver", "countersign"},
          {"groupLabels", {{"alertname", "DiskFull"}}},
          {"commonLabels", {{"severity", "warning"}}},
          {"externalURL", "http://am:9093"},
          {"alerts", std::move(alerts)}};
}

class CountingIds : public core::IdSource {
 public:
  core::CorrelationId correlation() override {
    return core::CorrelationId::parse(core::sha256_hex(std::to_string(++count_)).substr(0, 32));
  }
  std::string uuid() override { return {}; }
  std::string token(int) override { return {}; }
  double chance() override { return 0; }

 private:
  int count_ = 0;
};

// Nothing that a proof might need is there.
class NoDocuments : public Documents {
 public:
  std::optional<Document> find(const std::string&) const override { return std::nullopt; }
};

// Answers as the store does: by dedup key, body hash and replay key.
class MemoryInbox : public core::Inbox {
 public:
  void accept(std::vector<core::Incoming> deliveries, Done done) override {
    ++calls;
    if (away) return done(unavailable("the database is away"));
    std::vector<core::Accepted> answers;
    for (core::Incoming& one : deliveries) answers.push_back(judge(one));
    done(std::move(answers));
  }

  bool crowded() const override { return crowd; }

  std::vector<core::Incoming> stored;
  bool crowd = false;
  int calls = 0;
  bool away = false;

 private:
  core::Accepted judge(core::Incoming& one) {
    using core::Acceptance;
    if (const auto known = keys_.find(one.dedup_key); known != keys_.end()) {
      const core::Incoming& first = stored[known->second];
      return {core::EventId{static_cast<std::int64_t>(known->second) + 1}, first.correlation,
              first.body_hash == one.body_hash ? Acceptance::redelivery : Acceptance::conflict};
    }
    const bool replay = !one.replay_key.empty() && !replays_.insert({one.replay_key, 1}).second;
    keys_[one.dedup_key] = stored.size();
    stored.push_back(std::move(one));
    return {core::EventId{static_cast<std::int64_t>(stored.size())}, stored.back().correlation,
            replay ? Acceptance::replay : Acceptance::fresh};
  }

  std::map<std::string, std::size_t> keys_;
  std::map<std::string, int> replays_;
};

}  // namespace countersign::adapters::webhook::test
