#include "adapters/webhook/fields.h"

#include <utility>

namespace countersign::adapters::webhook {

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string only_value(const net::Headers& headers, std::string_view name) {
  if (name.empty()) return {};
  auto values = net::all_values(headers, name);
  return values.size() == 1 ? std::move(values.front()) : std::string();
}

bool counts(const config::Credential& credential, core::Instant now) {
  return !credential.secret.empty() && (!credential.until || now < *credential.until);
}

}  // namespace countersign::adapters::webhook
