#include "config/source_auth.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "bot/core/digest.h"
#include "config/sections.h"

namespace countersign::config {
namespace {

constexpr int kMostTolerance = 60;  // minutes

std::string read_header(const Reader& reader) {
  const std::string header = reader.required_text();
  static const re2::RE2 form(R"([A-Za-z0-9!#$%&'*+.^_`|~-]+)");
  if (!header.empty() && !re2::RE2::FullMatch(header, form))
    reader.error("no header has that name");
  return header;
}

// The sender's own choice of header and time, where it has one (Grafana).
void read_signature(const Reader& reader, Signing& signing) {
  if (!reader.present() || !reader.map_of({"header", "time_header"})) return;
  if (reader.at("header").present()) signing.header = read_header(reader.at("header"));
  if (!reader.at("time_header").present()) return;
  signing.time_header = read_header(reader.at("time_header"));
  signing.text = "{time}:{body}";
}

// Standard Webhooks' secrets: a text that does not decode would refuse everybody without a word.
void check_keys(const Reader& source, const Source& out) {
  constexpr std::string_view kPrefix = "whsec_";
  if (!out.signing.base64_key) return;
  const Reader place = source.at(source.at("secret").present() ? "secret" : "secrets");
  for (const Credential& credential : out.secrets) {
    std::string_view text = credential.secret.reveal();
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    const auto key = core::unbase64(text);
    if (!key || key->empty())
      place.error(
          fmt::format("secret {} is not base64, with whsec_ in front or without", credential.id));
  }
}

void read_hmac(const Reader& reader, const Secrets& secrets, Source& source) {
  if (!reader.map_of({"secret", "secrets", "header", "algorithm", "encoding", "prefix", "text",
                      "time_header", "id_header"}))
    return;
  source.secrets = secrets.credentials(reader.at("secret"), reader.at("secrets"));
  Signing& signing = source.signing;
  signing.header = read_header(reader.at("header"));
  signing.algorithm = reader.at("algorithm").word({"sha1", "sha256", "sha512"}, signing.algorithm);
  signing.encoding = reader.at("encoding").word({"hex", "base64"}, signing.encoding);
  signing.tag = reader.at("prefix").text();
  signing.text = reader.at("text").text(signing.text);
  if (reader.at("time_header").present())
    signing.time_header = read_header(reader.at("time_header"));
  if (reader.at("id_header").present()) signing.id_header = read_header(reader.at("id_header"));
  const auto holds = [&](const char* part) { return signing.text.find(part) != std::string::npos; };
  if (!holds("{body}")) reader.at("text").error("must hold {body}");
  if (holds("{time}") != !signing.time_header.empty())
    reader.error("{time} in text and time_header belong together");
  if (holds("{id}") != !signing.id_header.empty())
    reader.error("{id} in text and id_header belong together");
}

void read_basic(const Reader& reader, const Secrets& secrets, Source& source) {
  for (const Reader& item : one_or_more(reader)) {
    if (!item.map_of({"user", "password"})) continue;
    BasicAuth basic{item.at("user").required_text(), {}};
    if (basic.user.find(':') != std::string::npos) item.at("user").error("must not hold ':'");
    auto passwords = secrets.credentials(item.at("password"), item.at("none"));
    if (!passwords.empty()) basic.password = std::move(passwords.front());
    basic.password.id = basic.user;
    source.basics.push_back(std::move(basic));
  }
}

std::optional<NamedToken> read_named(const Reader& reader, const Secrets& secrets, bool header) {
  if (!reader.map_of({"name", "value", "values"})) return {};
  return NamedToken{header ? read_header(reader.at("name")) : reader.at("name").required_text(),
                    secrets.credentials(reader.at("value"), reader.at("values"))};
}

void read_auth(const Reader& reader, const Sender& sender, const Secrets& secrets, Source& source) {
  std::vector<std::string> ways = {"bearer", "bearers", "basic", "header", "query"};
  if (sender.hmac) ways.emplace_back("hmac");
  if (!reader.present() || !reader.map_of(ways)) return;
  if (reader.members().size() != 1) {
    reader.error("give exactly one of " + listed(ways));
    return;
  }
  const std::string way = reader.members().front().first;
  if (std::ranges::find(ways, way) == ways.end()) return;
  const Reader given = reader.at(way);
  if (way == "bearer") source.bearers = secrets.credentials(given, reader.at("bearers"));
  if (way == "bearers") source.bearers = secrets.credentials(reader.at("bearer"), given);
  if (way == "basic") read_basic(given, secrets, source);
  if (way == "header") source.header = read_named(given, secrets, true);
  if (way == "query") source.query = read_named(given, secrets, false);
  if (way == "hmac") read_hmac(given, secrets, source);
}

void read_public_keys(const Reader& keys, Source& source) {
  if (keys.items().empty()) keys.error("must name at least one key");
  constexpr std::string_view kPrefix = "whpk_";
  for (const Reader& item : keys.items()) {
    std::string_view text;
    const std::string given = item.required_text();
    text = given;
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    const auto key = core::unbase64(text);
    if (key && key->size() == 32) {
      source.public_keys.emplace_back(*key);
    } else if (!given.empty()) {
      item.error("expected a public key such as whpk_ and 32 bytes in base64");
    }
  }
}

void read_oidc(const Reader& reader, Source& source) {
  if (!reader.present() ||
      !reader.map_of({"audience", "issuers", "emails", "subjects", "keys_url", "leeway"}))
    return;
  // Google's, the sender this is mostly used for.
  OidcAuth oidc{.audience = reader.at("audience").required_text(),
                .issuers = {"https://accounts.google.com", "accounts.google.com"},
                .emails = reader.at("emails").texts(),
                .subjects = reader.at("subjects").texts(),
                .keys_url = "https://www.googleapis.com/oauth2/v3/certs"};
  if (reader.at("issuers").present()) oidc.issuers = reader.at("issuers").texts();
  if (reader.at("keys_url").present()) oidc.keys_url = read_url(reader.at("keys_url"));
  oidc.leeway = reader.at("leeway").duration(oidc.leeway);
  if (oidc.emails.empty() && oidc.subjects.empty())
    reader.error(
        "emails or subjects is required: anybody can get a token for your audience, so say whose "
        "count");
  source.oidc = std::move(oidc);
}

void read_topics(const Reader& source, Source& out) {
  if (!source.at("topics").present()) return;
  SnsAuth sns{source.at("topics").texts(), source.at("confirm").flag(false)};
  if (sns.topics.empty()) source.at("topics").error("must name at least one topic");
  out.sns = std::move(sns);
}

std::string advice(const Sender& sender) {
  std::vector<std::string> ways;
  if (!sender.signing.header.empty()) ways.emplace_back("secret: {env: NAME}");
  if (!sender.token_header.empty()) ways.emplace_back("token: {env: NAME}");
  if (sender.tokens)
    ways.push_back(fmt::format("auth: with bearer, basic, header{}",
                               sender.hmac ? ", query or hmac" : " or query"));
  if (sender.public_keys) ways.emplace_back("public_keys:");
  if (sender.oidc) ways.emplace_back("oidc:");
  if (sender.topics) ways.emplace_back("topics:");
  return fmt::format("{}", fmt::join(ways, " or "));
}

// The keys of which one at least has to be there; the others only change what it means.
constexpr std::array kProofs{"secret", "secrets",     "token", "tokens",
                             "auth",   "public_keys", "oidc",  "topics"};

}  // namespace

std::vector<std::string> proof_keys(const Sender& sender) {
  std::vector<std::string> keys{"allow"};
  const auto add = [&](bool when, std::initializer_list<const char*> names) {
    if (when) keys.insert(keys.end(), names.begin(), names.end());
  };
  add(!sender.signing.header.empty(), {"secret", "secrets"});
  add(!sender.signing.header.empty() || sender.tokens, {"tolerance"});
  add(!sender.signing.header.empty() && sender.shape == Shape::alerts, {"signature"});
  add(!sender.older.header.empty() || sender.topics, {"sha1"});
  add(!sender.token_header.empty(), {"token", "tokens"});
  add(sender.tokens, {"auth"});
  add(sender.public_keys, {"public_keys"});
  add(sender.oidc, {"oidc"});
  add(sender.topics, {"topics", "confirm"});
  return keys;
}

void read_proof(const Reader& source, const Sender& sender, const Secrets& secrets, Source& out) {
  const auto given = [&](const char* key) { return source.at(key).present(); };
  if (given("secret") || given("secrets")) {
    out.signing = sender.signing;
    out.secrets = secrets.credentials(source.at("secret"), source.at("secrets"));
    read_signature(source.at("signature"), out.signing);
    check_keys(source, out);
  }
  if (given("public_keys")) {
    out.signing = sender.signing;
    read_public_keys(source.at("public_keys"), out);
  }
  if (given("token") || given("tokens"))
    out.header = NamedToken{sender.token_header,
                            secrets.credentials(source.at("token"), source.at("tokens"))};
  read_auth(source.at("auth"), sender, secrets, out);
  read_oidc(source.at("oidc"), out);
  read_topics(source, out);
  out.sha1 = source.at("sha1").flag(false);
  out.tolerance = source.at("tolerance").duration(out.tolerance);
  if (out.tolerance > std::chrono::minutes(kMostTolerance))
    source.at("tolerance").error("may be an hour at most");
  out.allow = read_blocks(source.at("allow"));
  const bool tried = std::ranges::any_of(kProofs, given);
  if (!tried) source.error("a source without authentication is refused: add " + advice(sender));
}

}  // namespace countersign::config
