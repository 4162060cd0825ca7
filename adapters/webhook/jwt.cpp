#include "adapters/webhook/jwt.h"

#include <algorithm>
#include <cmath>

#include "adapters/webhook/fields.h"
#include "bot/core/digest.h"
#include "bot/core/json_guard.h"
#include "bot/core/public_key.h"

namespace countersign::adapters::webhook {
namespace {

constexpr std::size_t kMostLength = 8 * 1024;
constexpr std::chrono::seconds kNewKeys{60};

// RFC 7515, 2: the other alphabet, without padding.
std::optional<std::string> unbase64url(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  standard.append((4 - standard.size() % 4) % 4, '=');
  return core::unbase64(standard);
}

Json object_of(std::string_view text) {
  const auto bytes = unbase64url(text);
  if (!bytes) return {};
  auto reading = core::read_json(*bytes);
  return reading.value.is_object() ? std::move(reading.value) : Json();
}

std::optional<core::Instant> time_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  constexpr double kLatest = 1e11;  // far beyond any date, and exact
  if (!(std::abs(seconds) < kLatest)) return std::nullopt;
  return core::Instant(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

bool is_for(const Json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (found->is_string()) return found->get<std::string>() == audience;
  return found->is_array() && std::ranges::find(*found, Json(audience)) != found->end();
}

bool holds(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

Proof check_claims(const config::OidcAuth& oidc, const Json& claims, core::Instant now) {
  if (!holds(oidc.issuers, text_at(claims, "iss"))) return disproved("another issuer");
  if (!is_for(claims, oidc.audience)) return disproved("another audience");
  const auto expires = time_at(claims, "exp");
  if (!expires || *expires <= now - oidc.leeway) return disproved("the token has expired");
  for (const char* key : {"iat", "nbf"}) {
    const auto from = time_at(claims, key);
    if (from && *from > now + oidc.leeway) return disproved("the token is from the future");
  }
  const std::string subject = text_at(claims, "sub");
  if (!oidc.subjects.empty() && !holds(oidc.subjects, subject)) return disproved("another subject");
  if (oidc.emails.empty())
    return oidc.subjects.empty() ? disproved("nobody's tokens count") : proven(subject);
  const std::string email = text_at(claims, "email");
  if (claims.value("email_verified", Json()) != Json(true)) return disproved("no verified address");
  return holds(oidc.emails, email) ? proven(email) : disproved("another address");
}

// Nothing: the set does not know this key.
std::optional<bool> signed_by(const Json& keys, const std::string& id, std::string_view text,
                              std::string_view signature) {
  const auto list = keys.find("keys");
  if (list == keys.end() || !list->is_array()) return std::nullopt;
  for (const Json& key : *list) {
    if (!key.is_object() || text_at(key, "kid") != id || text_at(key, "kty") != "RSA") continue;
    const auto modulus = unbase64url(text_at(key, "n"));
    const auto exponent = unbase64url(text_at(key, "e"));
    return modulus && exponent &&
           core::rsa_signed(*modulus, *exponent, core::HashAlgorithm::sha256, text, signature);
  }
  return std::nullopt;
}

}  // namespace

Proof check_jwt(const config::OidcAuth& oidc, const std::string& token, core::Instant now,
                const Documents& documents) {
  const auto first = token.find('.');
  const auto second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (token.size() > kMostLength || second == token.npos ||
      token.find('.', second + 1) != token.npos)
    return disproved("no signed token");
  const Json head = object_of(std::string_view(token).substr(0, first));
  const auto signature = unbase64url(std::string_view(token).substr(second + 1));
  if (head.is_null() || !signature) return disproved("no signed token");
  if (text_at(head, "alg") != "RS256") return disproved("the token is not signed with RS256");

  const auto keys = documents.find(oidc.keys_url);
  if (!keys) return wants(oidc.keys_url);
  const auto fits = signed_by(core::read_json(keys->text).value, text_at(head, "kid"),
                              std::string_view(token).substr(0, second), *signature);
  if (!fits && keys->fetched_at + kNewKeys < now) return wants(oidc.keys_url);
  if (!fits.value_or(false)) return disproved("the signature does not fit");
  const Json claims = object_of(std::string_view(token).substr(first + 1, second - first - 1));
  return claims.is_null() ? disproved("no signed token") : check_claims(oidc, claims, now);
}

}  // namespace countersign::adapters::webhook
