// Who may send events, and how they prove it.
#include <fmt/format.h>
#include <re2/re2.h>

#include "bot/core/text_template.h"
#include "config/sections.h"

namespace countersign::config {
namespace {

struct Kind {
  const char* name;
  std::vector<std::string> keys;
  const char* trigger;                   // by default; empty: required
  std::vector<std::string> credentials;  // keys of auth that its senders can use
  const char* advice;
};
const std::vector<Kind> kKinds = {
    {"generic",
     {"name", "kind", "trigger", "auth", "dedup"},
     "",
     {"bearer", "basic", "hmac"},
     "add auth: with bearer, basic or hmac"},
    {"github",
     {"name", "kind", "trigger", "secret", "secrets", "dedup"},
     "github.event",
     {},
     "add secret: {env: NAME}"},
    {"alertmanager",
     {"name", "kind", "trigger", "auth", "dedup"},
     "prometheus.alert",
     {"bearer", "basic"},
     "add auth: with bearer or basic"},
};

const Kind* kind_of(const Reader& reader) {
  const std::string given = reader.required_text();
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) {
    if (given == kind.name) return &kind;
    names.emplace_back(kind.name);
  }
  if (!given.empty()) reader.error(unknown("source kind", given, names));
  return nullptr;
}

std::string read_header(const Reader& reader) {
  const std::string header = reader.required_text();
  static const re2::RE2 form(R"([A-Za-z0-9!#$%&'*+.^_`|~-]+)");
  if (!header.empty() && !re2::RE2::FullMatch(header, form))
    reader.error("no header has that name");
  return header;
}

std::optional<HmacAuth> read_hmac(const Reader& reader, const Secrets& secrets) {
  if (!reader.map_of({"secret", "secrets", "header", "algorithm", "encoding", "prefix"})) return {};
  HmacAuth hmac;
  hmac.secrets = secrets.one_or_list(reader.at("secret"), reader.at("secrets"));
  hmac.header = read_header(reader.at("header"));
  hmac.algorithm = reader.at("algorithm").word({"sha1", "sha256", "sha512"}, hmac.algorithm);
  hmac.encoding = reader.at("encoding").word({"hex", "base64"}, hmac.encoding);
  hmac.prefix = reader.at("prefix").text();
  return hmac;
}

std::optional<BasicAuth> read_basic(const Reader& reader, const Secrets& secrets) {
  if (!reader.map_of({"user", "password"})) return {};
  BasicAuth basic{reader.at("user").required_text(), {}};
  if (basic.user.find(':') != std::string::npos) reader.at("user").error("must not hold ':'");
  basic.password = secrets.required(reader.at("password")).value_or(Secret());
  return basic;
}

void read_auth(const Reader& reader, const Kind& kind, const Secrets& secrets, Source& source) {
  if (!reader.map_of(kind.credentials)) return;
  if (reader.members().size() != 1) {
    reader.error("give exactly one of " + listed(kind.credentials));
    return;
  }
  for (const std::string& way : kind.credentials) {
    const Reader credential = reader.at(way);
    if (way == "bearer") source.bearer = secrets.read(credential);
    if (way == "basic") source.basic = read_basic(credential, secrets);
    if (way == "hmac") source.hmac = read_hmac(credential, secrets);
  }
}

void read_github_secret(const Reader& reader, const Secrets& secrets, Source& source) {
  HmacAuth hmac;
  hmac.secrets = secrets.one_or_list(reader.at("secret"), reader.at("secrets"));
  hmac.header = "X-Hub-Signature-256";
  hmac.prefix = "sha256=";
  source.hmac = std::move(hmac);
}

std::optional<SourceDedup> read_dedup(const Reader& reader) {
  if (!reader.map_of({"key", "window"})) return {};
  SourceDedup dedup;
  dedup.key = reader.at("key").required_text();
  const auto parsed = core::TextTemplate::parse(dedup.key);
  if (!parsed) reader.at("key").error(parsed.error().message);
  dedup.window = reader.at("window").duration(dedup.window);
  return dedup;
}

Source read_source(const Reader& reader, const Kind& kind, const Secrets& secrets) {
  Source source;
  source.kind = kind.name;
  reader.map_of(kind.keys);
  const Reader trigger = reader.at("trigger");
  source.trigger = *kind.trigger ? trigger.text(kind.trigger) : trigger.required_text();
  source.dedup = read_dedup(reader.at("dedup"));
  const bool shared_secret = kind.credentials.empty();
  const bool proves = shared_secret
                          ? reader.at("secret").present() || reader.at("secrets").present()
                          : reader.at("auth").present();
  if (!proves) {
    reader.error(fmt::format("a source without authentication is refused: {}", kind.advice));
  } else if (shared_secret) {
    read_github_secret(reader, secrets, source);
  } else {
    read_auth(reader.at("auth"), kind, secrets, source);
  }
  return source;
}

}  // namespace

std::vector<Source> read_sources(const Reader& sources, const Secrets& secrets) {
  std::vector<Source> out;
  std::vector<std::string> taken;
  for (const Reader& reader : sources.items()) {
    const std::string name = unique_name(reader, taken);
    const Kind* kind = kind_of(reader.at("kind"));
    if (kind == nullptr) continue;
    Source source = read_source(reader, *kind, secrets);
    source.name = name;
    out.push_back(std::move(source));
  }
  return out;
}

}  // namespace countersign::config
