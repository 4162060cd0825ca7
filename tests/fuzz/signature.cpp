// No header but the right one is ever taken for a proof (T1, T4).
#include "adapters/webhook/signature.h"

#include "adapters/webhook/tokens.h"
#include "bot/core/digest.h"
#include "bot/core/unicode.h"
#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

using adapters::webhook::check_signature;
using adapters::webhook::check_token;
using adapters::webhook::Proof;
using config::Secret;

const std::string kBody = "{}";
const core::Instant kNow{std::chrono::seconds(1'800'000'000)};

config::Source source_of(const std::string& kind, const std::string& secret) {
  config::Source source;
  source.name = "fuzz";
  source.kind = kind;
  source.signing = config::sender_of(kind).signing;
  source.secrets = {{Secret(secret), "1", {}}};
  return source;
}

bool good(const Proof& proof) { return proof.kind == Proof::Kind::good; }

std::string digest(const std::string& text) {
  return core::hex(core::hmac(core::HashAlgorithm::sha256, "k", text));
}

FUZZ_TARGET(signature) {
  const std::string header(input);
  const std::string right = digest(kBody);
  const bool is_right =
      header.starts_with("sha256=") && core::to_lower(core::trim(header).substr(7)) == right;
  const auto github = source_of("github", "k");
  EXPECT_LE(good(check_signature(github, {{"X-Hub-Signature-256", header}}, kBody, kNow)),
            is_right || core::to_lower(header).find(right) != std::string::npos);
  EXPECT_FALSE(good(
      check_signature(source_of("github", ""), {{"X-Hub-Signature-256", header}}, kBody, kNow)));
  EXPECT_FALSE(good(check_signature(
      github, {{"X-Hub-Signature-256", header}, {"X-Hub-Signature-256", header}}, kBody, kNow)));
}

// The time stands in the header itself; a digest over another time does not fit.
FUZZ_TARGET(timed_signature) {
  const std::string header(input);
  const auto proof =
      check_signature(source_of("stripe-style", "k"), {{"Stripe-Signature", header}}, kBody, kNow);
  if (!good(proof)) return;
  bool explained = false;
  for (int away = -300; away <= 300; ++away) {
    const std::string time = std::to_string(1'800'000'000 + away);
    explained |= header.find("t=" + time) != std::string::npos &&
                 core::to_lower(header).find(digest(time + "." + kBody)) != std::string::npos;
  }
  EXPECT_TRUE(explained) << header;
}

FUZZ_TARGET(authorization) {
  const std::string header(input);
  config::Source source;
  source.bearers = {{Secret("tok-1"), "1", {}}};
  source.basics = {{"u", {Secret("p"), "u", {}}}};
  net::HttpRequest request;
  request.headers = {{"Authorization", header}};
  const std::string lower = core::to_lower(header);
  const bool bearer = lower.starts_with("bearer ") && header.ends_with(" tok-1");
  const bool basic = lower.starts_with("basic ") && header.ends_with(" " + core::base64("u:p"));
  EXPECT_TRUE(!good(check_token(source, request, kNow)) || bearer || basic);
}

}  // namespace
}  // namespace countersign::fuzz
