// The sample of a kind of sender, with each proof that such a sender may show.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "adapters/webhook/lock.h"
#include "adapters/webhook/samples.h"
#include "adapters/webhook/signature.h"
#include "tests/unit/adapters/webhook_fixtures.h"
#include "tests/unit/adapters/webhook_keys.h"

namespace countersign::adapters::webhook::test {

inline const core::Instant kNow = *core::parse_instant("2026-01-01T00:00:00Z");
inline constexpr char kKeys[] = "https://keys.example.com/certs";
inline constexpr char kKeyId[] = "k1";

// The certificate and the keys that a sender's proof asks for, whatever their address.
class Published : public Documents {
 public:
  std::optional<Document> find(const std::string& url) const override {
    static const std::string kCertificate =
        rsa_key().certificate(kNow - std::chrono::hours(1), kNow + std::chrono::hours(1));
    static const std::string kSet = Json{{"keys", {rsa_key().jwk(kKeyId)}}}.dump();
    return Document{url == kKeys ? kSet : kCertificate, kNow};
  }
};

inline config::Source source_of(const config::Sender& sender) {
  config::Source source;
  source.name = "s";
  source.kind = sender.kind;
  source.trigger = sender.trigger.empty() ? "acme.thing" : sender.trigger;
  return source;
}

inline net::HttpRequest sample_request(const config::Sender& sender) {
  Sample sample = sample_of(sender.kind);
  return {"POST",     "/hooks/s", "/hooks/s", "", std::move(sample.headers), std::move(sample.body),
          "192.0.2.1"};
}

inline std::vector<config::Credential> credential(const std::string& text) {
  return {{config::Secret(text), "1", {}}};
}

// A source that asks for one proof, and the sample with that proof.
struct Shown {
  std::string way;
  config::Source source;
  net::HttpRequest request;
};

inline void sign_sample(Shown& shown) {
  for (const auto& header : sign(shown.source, "msg_1", shown.request.body, kNow))
    shown.request.headers.push_back(header);
}

inline void with_secret(const config::Sender& sender, Shown& shown) {
  shown.source.signing = sender.signing;
  shown.source.secrets = credential("whsec_" + core::base64(std::string(32, 'k')));
  sign_sample(shown);
}

inline void with_hmac(const config::Sender&, Shown& shown) {
  shown.source.signing = {.header = "X-Acme-Signature", .tag = "sha256="};
  shown.source.secrets = credential("s3cret");
  sign_sample(shown);
}

inline void with_sha1(const config::Sender& sender, Shown& shown) {
  with_secret(sender, shown);
  shown.request = sample_request(sender);
  config::Source older = shown.source;
  older.signing = sender.older;
  for (const auto& header : sign(older, "", shown.request.body, kNow))
    shown.request.headers.push_back(header);
  shown.source.sha1 = true;
}

inline void with_token(const config::Sender& sender, Shown& shown) {
  shown.source.header = config::NamedToken{sender.token_header, credential("tok")};
  shown.request.headers.emplace_back(sender.token_header, "tok");
}

inline void with_bearer(const config::Sender&, Shown& shown) {
  shown.source.bearers = credential("tok");
  shown.request.headers.emplace_back("Authorization", "Bearer tok");
}

inline void with_basic(const config::Sender&, Shown& shown) {
  shown.source.basics = {{"bot", {config::Secret("pass"), "bot", {}}}};
  shown.request.headers.emplace_back("Authorization", "Basic " + core::base64("bot:pass"));
}

inline void with_query(const config::Sender&, Shown& shown) {
  shown.source.query = config::NamedToken{"token", credential("tok")};
  shown.request.query = "token=tok";
}

inline void with_public_key(const config::Sender& sender, Shown& shown) {
  static const Key kKey = Key::ed25519();
  shown.source.signing = sender.signing;
  shown.source.public_keys = {config::Secret(kKey.public_bytes())};
  const std::string time = "1767225600";
  const std::string signature = kKey.sign("msg_1." + time + '.' + shown.request.body);
  const net::Headers headers{{"webhook-id", "msg_1"},
                             {"webhook-timestamp", time},
                             {"webhook-signature", "v1a," + core::base64(signature)}};
  shown.request.headers.insert(shown.request.headers.end(), headers.begin(), headers.end());
}

inline void with_oidc(const config::Sender&, Shown& shown) {
  shown.source.oidc = config::OidcAuth{.audience = "door",
                                       .issuers = {"https://issuer"},
                                       .emails = {"bot@acme.test"},
                                       .subjects = {},
                                       .keys_url = kKeys};
  const Json claims{{"iss", "https://issuer"}, {"aud", "door"},     {"email", "bot@acme.test"},
                    {"email_verified", true},  {"iat", 1767225600}, {"exp", 1767229200}};
  shown.request.headers.emplace_back("Authorization",
                                     "Bearer " + signed_token(rsa_key(), kKeyId, claims));
}

inline void with_topics(const config::Sender&, Shown& shown) {
  Json message = Json::parse(shown.request.body);
  shown.source.sns = config::SnsAuth{{message.at("TopicArn").get<std::string>()}};
  shown.request.body = signed_notification(rsa_key(), std::move(message));
}

inline std::vector<Shown> all_proofs(const config::Sender& sender) {
  struct Way {
    const char* name;
    bool known;
    void (*show)(const config::Sender&, Shown&);
  };
  const Way ways[] = {{"secret", !sender.signing.header.empty(), with_secret},
                      {"sha1", !sender.older.header.empty(), with_sha1},
                      {"token", !sender.token_header.empty(), with_token},
                      {"bearer", sender.tokens, with_bearer},
                      {"basic", sender.tokens, with_basic},
                      {"query", sender.tokens, with_query},
                      {"hmac", sender.hmac, with_hmac},
                      {"public_keys", sender.public_keys, with_public_key},
                      {"oidc", sender.oidc, with_oidc},
                      {"topics", sender.topics, with_topics}};
  std::vector<Shown> all;
  for (const Way& way : ways) {
    if (!way.known) continue;
    all.push_back({way.name, source_of(sender), sample_request(sender)});
    way.show(sender, all.back());
  }
  return all;
}

inline Proof prove(const Shown& shown) {
  return Lock(shown.source).check(shown.source, shown.request, kNow, Published());
}

}  // namespace countersign::adapters::webhook::test
