#include "adapters/webhook/signature.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/webhook/fields.h"
#include "bot/core/digest.h"
#include "bot/core/public_key.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::webhook {
namespace {

constexpr std::array<std::pair<std::string_view, core::HashAlgorithm>, 3> kAlgorithms{
    {{"sha1", core::HashAlgorithm::sha1},
     {"sha256", core::HashAlgorithm::sha256},
     {"sha512", core::HashAlgorithm::sha512}}};
constexpr std::string_view kKeyPrefix = "whsec_";
constexpr std::string_view kEd25519Tag = "v1a,";  // Standard Webhooks' second kind of signature

core::HashAlgorithm algorithm_of(const config::Signing& signing) {
  const auto found =
      std::ranges::find(kAlgorithms, signing.algorithm, [](const auto& row) { return row.first; });
  return found == kAlgorithms.end() ? core::HashAlgorithm::sha256 : found->second;
}

std::vector<std::string_view> items_of(const config::Signing& signing, std::string_view header) {
  if (signing.separator == '\0') return {header};
  std::vector<std::string_view> items;
  for (;;) {
    const auto end = header.find(signing.separator);
    const auto item = core::trim(header.substr(0, end));
    if (!item.empty()) items.push_back(item);
    if (end == header.npos) return items;
    header.remove_prefix(end + 1);
  }
}

std::string decoded(const std::string& encoding, std::string_view text) {
  return (encoding == "base64" ? core::unbase64(text) : core::unhex(text)).value_or("");
}

// Everything the header holds that has this tag, as bytes; what cannot be decoded is skipped.
std::vector<std::string> digests(const config::Signing& signing, std::string_view tag,
                                 const std::vector<std::string_view>& items) {
  std::vector<std::string> out;
  for (const std::string_view item : items) {
    if (!item.starts_with(tag)) continue;
    auto digest = decoded(signing.encoding, item.substr(tag.size()));
    if (!digest.empty()) out.push_back(std::move(digest));
  }
  return out;
}

std::string time_of(const config::Signing& signing, const net::Headers& headers,
                    const std::vector<std::string_view>& items) {
  if (signing.time_tag.empty()) return only_value(headers, signing.time_header);
  for (const std::string_view item : items) {
    if (item.starts_with(signing.time_tag))
      return std::string(item.substr(signing.time_tag.size()));
  }
  return {};
}

// Unix seconds, plain digits.
std::optional<core::Instant> instant_of(std::string_view text) {
  constexpr std::size_t kMostDigits = 12;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (error != std::errc() || end != text.data() + text.size() || !digits ||
      text.size() > kMostDigits)
    return std::nullopt;
  return core::Instant(std::chrono::seconds(seconds));
}

std::string with(std::string text, std::string_view place, std::string_view value) {
  const auto at = text.find(place);
  if (at != std::string::npos) text.replace(at, place.size(), value);
  return text;
}

// The body last: what stands in it is no place for anything else.
std::string signed_text(const config::Signing& signing, std::string_view id, std::string_view time,
                        std::string_view body) {
  std::string text = signing.text;
  const auto at = text.find("{body}");
  const std::string after = at == std::string::npos ? "" : text.substr(at + 6);
  text = with(with(text.substr(0, at), "{id}", id), "{time}", time);
  text.append(body);
  return text + after;
}

std::string key_of(const config::Signing& signing, const config::Secret& secret) {
  if (!signing.base64_key) return secret.reveal();
  std::string_view text = secret.reveal();
  if (text.starts_with(kKeyPrefix)) text.remove_prefix(kKeyPrefix.size());
  return core::unbase64(text).value_or("");
}

// Every secret is tried against everything that was shown, also after a hit.
std::string matching_key(const config::Source& source, const config::Signing& signing,
                         const std::vector<std::string>& shown, std::string_view text,
                         core::Instant now) {
  std::string hit;
  for (const config::Credential& credential : source.secrets) {
    const std::string key = key_of(signing, credential.secret);
    const std::string digest = core::hmac(algorithm_of(signing), key, text);
    bool matches = shown.empty() && core::same_secret(digest, "");
    for (const std::string& one : shown) matches |= core::same_secret(digest, one);
    if (matches && !key.empty() && counts(credential, now)) hit = credential.id;
  }
  return hit;
}

std::string matching_public_key(const config::Source& source, const std::vector<std::string>& shown,
                                std::string_view text) {
  for (std::size_t i = 0; i < source.public_keys.size(); ++i) {
    for (const std::string& one : shown) {
      if (core::ed25519_signed(source.public_keys[i].reveal(), text, one))
        return "key " + std::to_string(i + 1);
    }
  }
  return {};
}

Proof check(const config::Source& source, const config::Signing& signing,
            const net::Headers& headers, std::string_view body, core::Instant now) {
  const std::string header = only_value(headers, signing.header);
  const auto items = items_of(signing, header);
  const std::string id = only_value(headers, signing.id_header);
  const std::string time = time_of(signing, headers, items);
  const bool timed = !signing.time_header.empty() || !signing.time_tag.empty();
  const auto shown = digests(signing, signing.tag, items);
  const std::string text = signed_text(signing, id, time, body);
  std::string key = matching_key(source, signing, shown, text, now);
  if (key.empty() && !source.public_keys.empty())
    key = matching_public_key(source, digests(signing, kEd25519Tag, items), text);

  if (header.empty()) return disproved("no " + signing.header + ", or more than one");
  if (!signing.id_header.empty() && (id.empty() || id.find('.') != std::string::npos))
    return disproved("no " + signing.id_header + ", or one with a full stop");
  if (timed) {
    const auto at = instant_of(time);
    if (!at) return disproved("no signed time");
    if (*at > now + source.tolerance || *at < now - source.tolerance)
      return disproved("the signed time is too far from now");
  }
  return key.empty() ? disproved("the signature does not fit") : proven(std::move(key));
}

}  // namespace

Proof check_signature(const config::Source& source, const net::Headers& headers,
                      std::string_view body, core::Instant now) {
  const Proof proof = check(source, source.signing, headers, body, now);
  const config::Signing& older = config::sender_of(source.kind).older;
  if (proof.kind == Proof::Kind::good || !source.sha1 || older.header.empty()) return proof;
  return check(source, older, headers, body, now);
}

net::Headers sign(const config::Source& source, std::string_view id, std::string_view body,
                  core::Instant now) {
  const config::Signing& signing = source.signing;
  const std::string time =
      std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  const std::string digest =
      core::hmac(algorithm_of(signing), key_of(signing, source.secrets.front().secret),
                 signed_text(signing, id, time, body));
  const std::string shown = signing.encoding == "base64" ? core::base64(digest) : core::hex(digest);
  net::Headers headers;
  if (!signing.id_header.empty()) headers.emplace_back(signing.id_header, id);
  if (!signing.time_header.empty()) headers.emplace_back(signing.time_header, time);
  const std::string before =
      signing.time_tag.empty() ? "" : signing.time_tag + time + signing.separator;
  headers.emplace_back(signing.header, before + signing.tag + shown);
  return headers;
}

}  // namespace countersign::adapters::webhook
