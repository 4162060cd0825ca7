#include "adapters/webhook/signature.h"

#include <gtest/gtest.h>

#include <string>

#include "bot/core/digest.h"
#include "bot/core/unicode.h"
#include "tests/unit/adapters/webhook_fixtures.h"

namespace countersign::adapters::webhook {
namespace {

using config::HmacAuth;
using config::Secret;
using test::github_signature;

const std::string kBody = R"({"ref":"refs/heads/main"})";

Credentials bearer(std::vector<Secret> tokens) { return {std::move(tokens), {}, {}}; }
Credentials basic(const std::string& user, const std::string& password) {
  return {{}, {{user, Secret(password)}}, {}};
}
Credentials signature(HmacAuth auth) { return {{}, {}, std::move(auth)}; }
Credentials github(std::vector<Secret> secrets) {
  return signature({std::move(secrets), "X-Hub-Signature-256", "sha256", "hex", "sha256="});
}
bool authorized(const Credentials& credentials, const std::string& header) {
  return authentic(credentials, {{"Authorization", header}}, kBody);
}
bool signed_as(const Credentials& credentials, const std::string& header) {
  return authentic(credentials, {{"x-hub-signature-256", header}}, kBody);
}

TEST(Signature, accepts_any_of_the_bearer_tokens_and_nothing_like_them) {
  const auto credentials = bearer({Secret("tok-1"), Secret("tok-2")});
  for (const char* good : {"Bearer tok-1", "bearer tok-2", "BEARER tok-1", "Bearer  tok-1"}) {
    EXPECT_TRUE(authorized(credentials, good)) << good;
  }
  for (const char* bad :
       {"", "Bearer", "Bearer ", "Bearer tok-3", "Bearer TOK-1", "Bearer tok-1 tok-2",
        "Bearer tok-11", "Bearer tok-", "Token tok-1", "tok-1", "Bearertok-1", "Basic tok-1",
        " Bearer tok-1", "Bearer tok-1,tok-2"}) {
    EXPECT_FALSE(authorized(credentials, bad)) << bad;
  }
  EXPECT_FALSE(authentic(credentials, {}, kBody));
}

TEST(Signature, accepts_a_basic_password_that_holds_colons_and_umlauts) {
  const auto credentials = basic("snow", "pa:ss wörd");
  EXPECT_TRUE(authorized(credentials, "Basic " + core::base64("snow:pa:ss wörd")));
  EXPECT_TRUE(authorized(credentials, "basic " + core::base64("snow:pa:ss wörd")));
  for (const std::string& bad :
       {core::base64("snow:pa"), core::base64("snow"), core::base64("snow:"), core::base64(":"),
        core::base64("now:pa:ss wörd"), std::string("!!!"), std::string()}) {
    EXPECT_FALSE(authorized(credentials, "Basic " + bad)) << bad;
  }
}

TEST(Signature, T1_accepts_a_digest_in_either_case_and_no_other_variant) {
  const auto credentials = github({Secret("s3cret")});
  const std::string good = github_signature(kBody);
  std::string upper = core::to_upper(good.substr(7));
  EXPECT_TRUE(signed_as(credentials, good));
  EXPECT_TRUE(signed_as(credentials, "sha256=" + upper));
  const std::string digest = good.substr(7);
  for (const std::string& bad :
       {std::string(), std::string("sha256="), digest, "SHA256=" + digest, "sha1=" + digest,
        "sha256:" + digest, "sha256= " + digest, good + " ", good + "00",
        good.substr(0, good.size() - 1), good.substr(0, good.size() - 2),
        "sha256=" + std::string(64, '0'), "sha256=" + std::string(64, 'z'), good + "," + good,
        github_signature(kBody, "other"), github_signature(kBody + "\n"),
        "sha256=" + core::base64(*core::unhex(digest))}) {
    EXPECT_FALSE(signed_as(credentials, bad)) << bad;
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
  EXPECT_FALSE(authorized({}, "Bearer x"));
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
    const HmacAuth in_hex{{Secret("k")}, "X-Sig", row.name, "hex", ""};
    const HmacAuth in_base64{{Secret("k")}, "X-Sig", row.name, "base64", "v1,"};
    EXPECT_TRUE(authentic(signature(in_hex), {{"X-Sig", core::hex(digest)}}, kBody)) << row.name;
    EXPECT_TRUE(authentic(signature(in_base64), {{"X-Sig", "v1," + core::base64(digest)}}, kBody))
        << row.name;
    EXPECT_FALSE(authentic(signature(in_base64), {{"X-Sig", core::base64(digest)}}, kBody))
        << row.name;
  }
  EXPECT_FALSE(
      authentic(signature({{Secret("k")}, "X-Sig", "md5", "hex", ""}), {{"X-Sig", ""}}, kBody));
}

TEST(Signature, demands_token_and_signature_where_both_are_configured) {
  Credentials both = github({Secret("s3cret")});
  both.bearers.push_back(Secret("tok-1"));
  const std::string good = github_signature(kBody);
  EXPECT_TRUE(
      authentic(both, {{"Authorization", "Bearer tok-1"}, {"X-Hub-Signature-256", good}}, kBody));
  EXPECT_FALSE(authentic(both, {{"X-Hub-Signature-256", good}}, kBody));
  EXPECT_FALSE(authentic(both, {{"Authorization", "Bearer tok-1"}}, kBody));
}

TEST(Signature, knows_where_github_signs_when_the_source_does_not_say) {
  config::Source source;
  source.kind = "github";
  source.hmac = HmacAuth{{Secret("s3cret")}, "", "sha256", "hex", ""};
  EXPECT_TRUE(signed_as(credentials_of(source), github_signature(kBody)));
}

}  // namespace
}  // namespace countersign::adapters::webhook
