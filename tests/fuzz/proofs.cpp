// Proofs that stand in a document: tokens and envelopes. Nothing is proven without the key, and
// nothing but the publisher's own address is ever asked for (T9).
#include "adapters/webhook/jwt.h"
#include "adapters/webhook/sns.h"
#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

using adapters::webhook::Proof;

const core::Instant kNow{std::chrono::seconds(1'800'000'000)};
constexpr char kKeys[] = "https://keys.example.com/certs";

// Has the same text at every address.
class OneDocument : public adapters::webhook::Documents {
 public:
  explicit OneDocument(std::string text) : text_(std::move(text)) {}
  std::optional<adapters::webhook::Document> find(const std::string&) const override {
    return adapters::webhook::Document{text_, kNow};
  }

 private:
  const std::string text_;
};

class NoDocument : public adapters::webhook::Documents {
 public:
  std::optional<adapters::webhook::Document> find(const std::string&) const override { return {}; }
};

// The token, a line feed, the keys.
FUZZ_TARGET(jwt) {
  const config::OidcAuth oidc{.audience = "a", .issuers = {"i"}, .emails = {}, .keys_url = kKeys};
  const auto end = std::min(input.find('\n'), input.size());
  const std::string token(input.substr(0, end));
  const std::string keys(input.substr(std::min(end + 1, input.size())));
  const Proof without = check_jwt(oidc, token, kNow, NoDocument());
  EXPECT_NE(without.kind, Proof::Kind::good);
  if (without.kind == Proof::Kind::needs) {
    EXPECT_EQ(without.url, kKeys);
  }
  EXPECT_NE(check_jwt(oidc, token, kNow, OneDocument(keys)).kind, Proof::Kind::good);
}

FUZZ_TARGET(sns) {
  config::Source source;
  source.kind = "aws-sns";
  source.sns = config::SnsAuth{.topics = {"arn:aws:sns:us-east-1:123456789012:t"}};
  const Proof without = check_sns(source, input, kNow, NoDocument());
  EXPECT_NE(without.kind, Proof::Kind::good);
  if (without.kind == Proof::Kind::needs) {
    EXPECT_TRUE(adapters::webhook::is_sns_address(without.url));
  }
  EXPECT_NE(check_sns(source, input, kNow, OneDocument("no certificate")).kind, Proof::Kind::good);
}

}  // namespace
}  // namespace countersign::fuzz
