#include "adapters/webhook/signature.h"

#include "adapters/webhook/lock.h"

#include <gtest/gtest.h>

#include <string>

#include "bot/core/digest.h"
#include "bot/core/unicode.h"
#include "tests/unit/adapters/webhook_fixtures.h"

namespace countersign::adapters::webhook {
namespace {

using config::Secret;
using config::Source;
using test::github_signature;

const std::string kBody = R"({"ref":"refs/heads/main"})";
const core::Instant kNow = *core::parse_instant("2026-01-01T00:00:00Z");

std::vector<config::Credential> credentials(const std::vector<Secret>& secrets) {
  std::vector<config::Credential> out;
  for (const Secret& secret : secrets) out.push_back({secret, std::to_string(out.size() + 1), {}});
  return out;
}
Source bearer(const std::vector<Secret>& tokens) {
  Source source;
  source.kind = "generic";
  source.bearers = credentials(tokens);
  return source;
}
Source basic(const std::string& user, const std::string& password) {
  Source source = bearer({});
  source.basics = {{user, {Secret(password), user, {}}}};
  return source;
}
Source signing(const config::Signing& how, const std::vector<Secret>& secrets) {
  Source source = bearer({});
  source.signing = how;
  source.secrets = credentials(secrets);
  return source;
}
Source github(const std::vector<Secret>& secrets) {
  return signing(config::sender_of("github").signing, secrets);
}
Proof prove(const Source& source, const net::Headers& headers, const std::string& body) {
  const net::HttpRequest request{"POST", "/", "/", "", headers, body, "192.0.2.1"};
  return Lock(source).check(source, request, kNow, test::NoDocuments());
}
bool authentic(const Source& source, const net::Headers& headers, const std::string& body) {
  return prove(source, headers, body).kind == Proof::Kind::good;
}
bool authorized(const Source& source, const std::string& header) {
  return authentic(source, {{"Authorization", header}}, kBody);
}
bool signed_as(const Source& source, const std::string& header) {
  return authentic(source, {{"x-hub-signature-256", header}}, kBody);
}

TEST(Signature, accepts_any_of_the_bearer_tokens_and_nothing_like_them) {
  const auto source = bearer({Secret("tok-1"), Secret("tok-2")});
  for (const char* good : {"Bearer tok-1", "bearer tok-2", "BEARER tok-1", "Bearer  tok-1"}) {
    EXPECT_TRUE(authorized(source, good)) << good;
  }
  for (const char* bad :
       {"", "Bearer", "Bearer ", "Bearer tok-3", "Bearer TOK-1", "Bearer tok-1 tok-2",
        "Bearer tok-11", "Bearer tok-", "Token tok-1", "tok-1", "Bearertok-1", "Basic tok-1",
        " Bearer tok-1", "Bearer tok-1,tok-2"}) {
    EXPECT_FALSE(authorized(source, bad)) << bad;
  }
  EXPECT_FALSE(authentic(source, {}, kBody));
}

TEST(Signature, accepts_a_basic_password_that_holds_colons_and_umlauts) {
  const auto source = basic("snow", "pa:ss wörd");
  EXPECT_TRUE(authorized(source, "Basic " + core::base64("snow:pa:ss wörd")));
  EXPECT_TRUE(authorized(source, "basic " + core::base64("snow:pa:ss wörd")));
  for (const std::string& bad :
       {core::base64("snow:pa"), core::base64("snow"), core::base64("snow:"), core::base64(":"),
        core::base64("now:pa:ss wörd"), std::string("!!!"), std::string()}) {
    EXPECT_FALSE(authorized(source, "Basic " + bad)) << bad;
  }
}

TEST(Signature, T1_accepts_a_digest_in_either_case_and_no_other_variant) {
  const auto source = github({Secret("s3cret")});
  const std::string good = github_signature(kBody);
  std::string upper = core::to_upper(good.substr(7));
  EXPECT_TRUE(signed_as(source, good));
  EXPECT_TRUE(signed_as(source, "sha256=" + upper));
  const std::string digest = good.substr(7);
  for (const std::string& bad :
       {std::string(), std::string("sha256="), digest, "SHA256=" + digest, "sha1=" + digest,
        "sha256:" + digest, "sha256= " + digest, good + " ", good + "00",
        good.substr(0, good.size() - 1), good.substr(0, good.size() - 2),
        "sha256=" + std::string(64, '0'), "sha256=" + std::string(64, 'z'), good + "," + good,
        github_signature(kBody, "other"), github_signature(kBody + "\n"),
        "sha256=" + core::base64(*core::unhex(digest))}) {
    EXPECT_FALSE(signed_as(source, bad)) << bad;
  }
}

TEST(Signature, T1_takes_a_doubled_header_for_a_missing_one) {
  const std::string good = github_signature(kBody);
  EXPECT_FALSE(authentic(github({Secret("s3cret")}),
                         {{"X-Hub-Signature-256", good}, {"x-hub-signature-256", good}}, kBody));
  EXPECT_FALSE(authentic(bearer({Secret("t")}),
                         {{"Authorization", "Bearer t"}, {"authorization", "Bearer t"}}, kBody));
}

TEST(Signature, T7_accepts_old_and_new_secret_while_both_are_configured) {
  const auto both = github({Secret("new"), Secret("old")});
  EXPECT_TRUE(signed_as(both, github_signature(kBody, "new")));
  EXPECT_TRUE(signed_as(both, github_signature(kBody, "old")));
  EXPECT_FALSE(signed_as(github({Secret("new")}), github_signature(kBody, "old")));
}

TEST(Signature, an_empty_secret_accepts_nobody) {
  EXPECT_FALSE(signed_as(github({Secret("")}), github_signature(kBody, "")));
  EXPECT_FALSE(signed_as(github({}), github_signature(kBody, "")));
  EXPECT_FALSE(authorized(bearer({Secret("")}), "Bearer "));
  EXPECT_FALSE(authorized(basic("u", ""), "Basic " + core::base64("u:")));
  EXPECT_FALSE(authorized(bearer({}), "Bearer x"));
}

TEST(Signature, computes_every_algorithm_and_encoding) {
  struct Row {
    const char* name;
    core::HashAlgorithm algorithm;
  };
  for (const Row& row :
       {Row{"sha1", core::HashAlgorithm::sha1}, Row{"sha256", core::HashAlgorithm::sha256},
        Row{"sha512", core::HashAlgorithm::sha512}}) {
    const std::string digest = core::hmac(row.algorithm, "k", kBody);
    const auto in_hex = signing({.header = "X-Sig", .algorithm = row.name}, {Secret("k")});
    const auto in_base64 =
        signing({.header = "X-Sig", .algorithm = row.name, .encoding = "base64", .tag = "v1,"},
                {Secret("k")});
    EXPECT_TRUE(authentic(in_hex, {{"X-Sig", core::hex(digest)}}, kBody)) << row.name;
    EXPECT_TRUE(authentic(in_base64, {{"X-Sig", "v1," + core::base64(digest)}}, kBody)) << row.name;
    EXPECT_FALSE(authentic(in_base64, {{"X-Sig", core::base64(digest)}}, kBody)) << row.name;
  }
}

TEST(Signature, demands_token_and_signature_where_both_are_configured) {
  Source both = github({Secret("s3cret")});
  both.bearers = credentials({Secret("tok-1")});
  const std::string good = github_signature(kBody);
  EXPECT_TRUE(
      authentic(both, {{"Authorization", "Bearer tok-1"}, {"X-Hub-Signature-256", good}}, kBody));
  EXPECT_FALSE(authentic(both, {{"X-Hub-Signature-256", good}}, kBody));
  EXPECT_FALSE(authentic(both, {{"Authorization", "Bearer tok-1"}}, kBody));
}

TEST(Signature, T7_a_secret_counts_until_its_end_and_the_record_says_which_it_was) {
  Source source = github({Secret("new"), Secret("old")});
  source.secrets[1].id = "2025";
  source.secrets[1].until = kNow + std::chrono::seconds(1);
  const net::Headers old{{"X-Hub-Signature-256", github_signature(kBody, "old")}};
  EXPECT_EQ(prove(source, old, kBody).key_id, "2025");
  source.secrets[1].until = kNow;
  EXPECT_FALSE(authentic(source, old, kBody));
}

TEST(Signature, T4_a_signed_time_may_be_five_minutes_away_and_no_more) {
  const auto slack = signing(config::sender_of("slack").signing, {Secret("k")});
  const auto at = [&](const std::string& time) {
    const auto digest = core::hmac(core::HashAlgorithm::sha256, "k", "v0:" + time + ":" + kBody);
    return authentic(
        slack,
        {{"X-Slack-Request-Timestamp", time}, {"X-Slack-Signature", "v0=" + core::hex(digest)}},
        kBody);
  };
  const std::int64_t now =
      std::chrono::floor<std::chrono::seconds>(kNow).time_since_epoch().count();
  for (const std::int64_t good : {-300, -299, 0, 299, 300}) {
    EXPECT_TRUE(at(std::to_string(now + good))) << good;
  }
  for (const std::string& bad :
       {std::to_string(now + 301), std::to_string(now - 301), std::string("-1"), std::string("0"),
        std::string(""), std::string("now"), std::to_string(now) + ".0", std::to_string(now) + "x",
        std::string("9223372036854775808"), std::string("9223372036854775807"),
        " " + std::to_string(now), "+" + std::to_string(now)}) {
    EXPECT_FALSE(at(bad)) << bad;
  }
}

TEST(Signature, what_a_source_signs_it_also_accepts) {
  for (const config::Sender& sender : config::senders()) {
    if (sender.signing.header.empty()) continue;
    Source source = signing(sender.signing, {Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")});
    source.kind = sender.kind;
    const auto headers = sign(source, "msg-1", kBody, kNow);
    EXPECT_TRUE(authentic(source, headers, kBody)) << sender.kind;
    EXPECT_FALSE(authentic(source, headers, kBody + " ")) << sender.kind;
  }
}

}  // namespace
}  // namespace countersign::adapters::webhook
