#include "adapters/webhook/tokens.h"

#include <algorithm>

#include "adapters/webhook/fields.h"
#include "bot/core/digest.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::webhook {
namespace {

// Parameters differ by case, headers do not.
std::string only_parameter(const std::string& query, const std::string& name) {
  std::string value;
  int seen = 0;
  for (auto& [key, given] : net::parse_query(query)) {
    if (key != name) continue;
    value = given;
    ++seen;
  }
  return seen == 1 ? value : std::string();
}

void compare(const config::Credential& credential, const std::string& secret,
             const std::string& shown, core::Instant now, std::string& hit) {
  if (core::same_secret(secret, shown) && counts(credential, now)) hit = credential.id;
}

void compare_all(const std::vector<config::Credential>& credentials, const std::string& shown,
                 core::Instant now, std::string& hit) {
  for (const config::Credential& one : credentials)
    compare(one, one.secret.reveal(), shown, now, hit);
}

}  // namespace

bool wants_token(const config::Source& source) {
  return !source.bearers.empty() || !source.basics.empty() || source.header || source.query;
}

Proof check_token(const config::Source& source, const net::HttpRequest& request,
                  core::Instant now) {
  std::string hit;
  compare_all(source.bearers, authorization(request.headers, "bearer"), now, hit);
  const std::string basic = core::unbase64(authorization(request.headers, "basic")).value_or("");
  for (const config::BasicAuth& one : source.basics)
    compare(one.password, one.user + ':' + one.password.secret.reveal(), basic, now, hit);
  if (source.header)
    compare_all(source.header->values, only_value(request.headers, source.header->name), now, hit);
  if (source.query)
    compare_all(source.query->values, only_parameter(request.query, source.query->name), now, hit);
  return hit.empty() ? disproved("no token that counts") : proven(std::move(hit));
}

std::string authorization(const net::Headers& headers, std::string_view scheme) {
  const std::string header = only_value(headers, "authorization");
  const auto blank = std::min(header.find(' '), header.size());
  if (core::to_lower(std::string_view(header).substr(0, blank)) != scheme) return {};
  const auto start = header.find_first_not_of(' ', blank);
  return start == std::string::npos ? std::string() : header.substr(start);
}

}  // namespace countersign::adapters::webhook
