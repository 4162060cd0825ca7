// No header but the right one is ever authentic (T1).
#include "adapters/webhook/signature.h"

#include <gtest/gtest.h>

#include "bot/core/digest.h"
#include "bot/core/unicode.h"
#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

using adapters::webhook::authentic;
using adapters::webhook::Credentials;
using config::Secret;

const std::string kBody = "{}";

int signature(const std::uint8_t* data, std::size_t size) {
  const std::string header(reinterpret_cast<const char*>(data), size);
  const Credentials token{{Secret("tok-1")}, {{"u", Secret("p")}}, {}};
  Credentials signed_body;
  signed_body.hmac = config::HmacAuth{{Secret("k")}, "X-Sig", "sha256", "hex", "sha256="};

  const std::string digest = core::hex(core::hmac(core::HashAlgorithm::sha256, "k", kBody));
  const bool right = header.starts_with("sha256=") && core::to_lower(header.substr(7)) == digest;
  EXPECT_EQ(authentic(signed_body, {{"X-Sig", header}}, kBody), right);

  const bool bearer = header.ends_with(" tok-1") && core::to_lower(header).starts_with("bearer ");
  const bool basic =
      header.ends_with(" " + core::base64("u:p")) && core::to_lower(header).starts_with("basic ");
  if (authentic(token, {{"Authorization", header}}, kBody)) {
    EXPECT_TRUE(bearer || basic);
  }
  EXPECT_FALSE(authentic({}, {{"Authorization", header}, {"X-Sig", header}}, kBody));
  return 0;
}

TEST(FuzzReplay, signature_headers) { replay("signature", signature); }

}  // namespace
}  // namespace countersign::fuzz
