// One-time codes for what asks for them: the secret that seals what the database keeps of them.
#include <fmt/format.h>
#include <re2/re2.h>

#include "config/sections.h"

namespace countersign::config {
namespace {

constexpr std::size_t kLeastKey = 32;  // characters

}  // namespace

std::optional<StepUp> read_step_up(const Reader& step_up, const Secrets& secrets) {
  if (!step_up.present() || !step_up.map_of({"key", "issuer"})) return std::nullopt;
  StepUp out;
  const Reader issuer = step_up.at("issuer");
  out.issuer = issuer.text(out.issuer);
  // A colon would end it in the address that apps read.
  static const re2::RE2 form(R"([^\pC:]{1,64})");
  if (!re2::RE2::FullMatch(out.issuer, form))
    issuer.error("must be one line of at most 64 characters without a colon");
  const Reader key = step_up.at("key");
  auto secret = secrets.required(key);
  if (!secret) return std::nullopt;
  if (secret->reveal().size() < kLeastKey)
    key.error(fmt::format("must hold at least {} characters", kLeastKey));
  out.key = std::move(*secret);
  return out;
}

}  // namespace countersign::config
