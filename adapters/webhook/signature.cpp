#include "adapters/webhook/signature.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "bot/core/digest.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::webhook {
namespace {

constexpr std::array<std::pair<std::string_view, core::HashAlgorithm>, 3> kAlgorithms{
    {{"sha1", core::HashAlgorithm::sha1},
     {"sha256", core::HashAlgorithm::sha256},
     {"sha512", core::HashAlgorithm::sha512}}};

std::string only_value(const net::Headers& headers, std::string_view name) {
  auto values = net::all_values(headers, name);
  return values.size() == 1 ? std::move(values.front()) : std::string();
}

// What follows "Bearer " in an Authorization header; empty for another scheme. `scheme` is lower
// case (RFC 9110, 11.1).
std::string after_scheme(const std::string& header, std::string_view scheme) {
  const auto blank = std::min(header.find(' '), header.size());
  if (core::to_lower(std::string_view(header).substr(0, blank)) != scheme) return {};
  const auto start = header.find_first_not_of(' ', blank);
  return start == std::string::npos ? std::string() : header.substr(start);
}

// Every secret is compared, also after a hit.
bool token_matches(const Credentials& credentials, const net::Headers& headers) {
  const std::string header = only_value(headers, "authorization");
  const std::string bearer = after_scheme(header, "bearer");
  const std::string basic = core::unbase64(after_scheme(header, "basic")).value_or("");
  bool matches = false;
  for (const config::Secret& secret : credentials.bearers) {
    matches |= core::same_secret(secret.reveal(), bearer) && !secret.empty();
  }
  for (const config::BasicAuth& pair : credentials.basics) {
    matches |= core::same_secret(pair.user + ':' + pair.password.reveal(), basic) &&
               !pair.password.empty();
  }
  return matches;
}

std::string decoded_digest(const config::HmacAuth& auth, std::string_view header) {
  if (!header.starts_with(auth.prefix)) return {};
  header.remove_prefix(auth.prefix.size());
  const auto digest = auth.encoding == "base64" ? core::unbase64(header) : core::unhex(header);
  return digest.value_or("");
}

bool signature_matches(const config::HmacAuth& auth, const net::Headers& headers,
                       std::string_view body) {
  const auto algorithm =
      std::ranges::find(kAlgorithms, auth.algorithm, [](const auto& row) { return row.first; });
  if (algorithm == kAlgorithms.end()) return false;
  const std::string shown = decoded_digest(auth, only_value(headers, auth.header));
  bool matches = false;
  for (const config::Secret& secret : auth.secrets) {
    const std::string digest = core::hmac(algorithm->second, secret.reveal(), body);
    matches |= core::same_secret(digest, shown) && !secret.empty();
  }
  return matches;
}

}  // namespace

Credentials credentials_of(const config::Source& source) {
  Credentials credentials;
  if (source.bearer) credentials.bearers.push_back(*source.bearer);
  if (source.basic) credentials.basics.push_back(*source.basic);
  credentials.hmac = source.hmac;
  if (source.kind == "github" && credentials.hmac && credentials.hmac->header.empty()) {
    credentials.hmac->header = "X-Hub-Signature-256";
    credentials.hmac->prefix = "sha256=";
  }
  return credentials;
}

bool authentic(const Credentials& credentials, const net::Headers& headers, std::string_view body) {
  const bool wants_token = !credentials.bearers.empty() || !credentials.basics.empty();
  const bool token = !wants_token || token_matches(credentials, headers);
  const bool signature = !credentials.hmac || signature_matches(*credentials.hmac, headers, body);
  return (wants_token || credentials.hmac) && token && signature;
}

}  // namespace countersign::adapters::webhook
