#include "config/secrets.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <cstdlib>

namespace countersign::config {
namespace {

constexpr std::size_t kMostBytes = 64 * 1024;

// postgresql://user:password@host/db, ...?password=..., or "host=... password=..."
bool holds_password(const std::string& url) {
  static const re2::RE2 in_authority(R"(^[a-z]+://[^/@]*:[^/@]*@)");
  static const re2::RE2 as_parameter(R"((?i)\bpassword\s*=)");
  return re2::RE2::PartialMatch(url, in_authority) || re2::RE2::PartialMatch(url, as_parameter);
}

}  // namespace

std::optional<Secret> Secrets::read(const Reader& reader) const { return read_with(reader, {}); }

std::optional<Secret> Secrets::read_with(const Reader& reader,
                                         const std::vector<std::string>& further_keys) const {
  if (!reader.present()) return {};
  if (reader.is_text() && allow_literals_) return Secret(reader.required_text());
  if (!reader.is_map()) {
    reader.error(allow_literals_ ? "a secret is text, {env: NAME} or {file: PATH}"
                                 : "a secret is {env: NAME} or {file: PATH}, never a literal");
    return {};
  }
  std::vector<std::string> keys{"env", "file"};
  keys.insert(keys.end(), further_keys.begin(), further_keys.end());
  if (!reader.map_of(keys)) return {};
  if (reader.at("env").present() == reader.at("file").present()) {
    reader.error("a secret is either {env: NAME} or {file: PATH}");
    return {};
  }
  return reader.at("env").present() ? from_environment(reader.at("env"))
                                    : from_file(reader.at("file"));
}

std::optional<Secret> Secrets::required(const Reader& reader) const {
  return reader.required() ? read(reader) : std::nullopt;
}

std::optional<Secret> Secrets::from_environment(const Reader& reader) const {
  const std::string name = reader.required_text();
  if (name.empty()) return {};
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return Secret(value);
  reader.error(fmt::format("the environment variable {} is {}", name, value ? "empty" : "not set"));
  return {};
}

std::optional<Secret> Secrets::from_file(const Reader& reader) const {
  const std::string name = reader.required_text();
  if (name.empty()) return {};
  const std::string path = (folder_ / name).lexically_normal().string();
  std::string why;
  auto bytes = read_bytes(path, kMostBytes, why);
  if (bytes && bytes->ends_with('\n')) bytes->pop_back();
  if (bytes && bytes->ends_with('\r')) bytes->pop_back();
  if (bytes && !bytes->empty()) return Secret(std::move(*bytes));
  reader.error(fmt::format("the file {}: {}", path, bytes ? "is empty" : why));
  return {};
}

std::optional<Credential> Secrets::credential(const Reader& reader, std::size_t place) const {
  if (!reader.required()) return {};
  auto secret = read_with(reader, {"id", "until"});
  if (!secret) return {};
  Credential credential{std::move(*secret), std::to_string(place), {}};
  if (!reader.is_map()) return credential;
  credential.id = reader.at("id").text(credential.id);
  const Reader until = reader.at("until");
  if (!until.present()) return credential;
  credential.until = core::parse_instant(until.text());
  if (!credential.until) until.error("expected a time such as 2026-12-31T12:00:00Z");
  return credential;
}

std::vector<Credential> Secrets::credentials(const Reader& one, const Reader& list) const {
  if (one.present() && list.present()) {
    list.error("give either one secret or a list of secrets, not both");
    return {};
  }
  std::vector<Credential> out;
  const auto items = list.present() ? list.items() : std::vector{one};
  for (const Reader& item : items) {
    if (auto read = credential(item, out.size() + 1)) out.push_back(std::move(*read));
  }
  if (list.present() && items.empty()) list.error("must name at least one secret");
  return out;
}

std::optional<Secret> Secrets::database_url(const Reader& reader) const {
  if (!reader.is_text()) return read(reader);
  const std::string url = reader.required_text();
  if (!allow_literals_ && holds_password(url)) {
    reader.error("holds a password: give it as {env: NAME} or {file: PATH}");
    return {};
  }
  return Secret(url);
}

}  // namespace countersign::config
