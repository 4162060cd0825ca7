// Sources: what each key means, what is wrong with a configuration, and whether the documentation
// knows every kind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bot/core/digest.h"
#include "config/settings.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

using namespace std::chrono_literals;

// `source` is a flow map in line 3.
Loaded load(const std::string& source) {
  return parse_settings("allow_literal_secrets: true\nsources:\n  - " + source + "\n",
                        "/etc/cs/c.yaml");
}

// Without the keys that would have been known: there may be more of them one day.
Texts problems_of(const std::string& source) {
  Texts found = texts(load(source).problems);
  for (std::string& one : found) one = one.substr(0, one.find("; known: "));
  return found;
}

Source source_of(const std::string& text) {
  const Loaded loaded = load(text);
  EXPECT_EQ(texts(loaded.problems), Texts{}) << text;
  return loaded.settings.sources.empty() ? Source{} : loaded.settings.sources.front();
}

TEST(Sources, T7_secrets_have_names_and_ends) {
  const Source source = source_of(
      "{name: gh, kind: github, secrets: [new, {env: PATH}, "
      "{env: PATH, id: old, until: 2026-12-31T12:00:00Z}]}");
  ASSERT_EQ(source.secrets.size(), 3u);
  EXPECT_EQ(source.secrets[0].secret.reveal(), "new");
  EXPECT_EQ(source.secrets[0].id, "1");
  EXPECT_EQ(source.secrets[1].id, "2");
  EXPECT_FALSE(source.secrets[1].until);
  EXPECT_EQ(source.secrets[2].id, "old");
  EXPECT_EQ(source.secrets[2].until, core::parse_instant("2026-12-31T12:00:00Z"));
  EXPECT_EQ(source.signing.header, "X-Hub-Signature-256");
}

TEST(Sources, each_way_to_show_a_token_is_read) {
  const auto with = [](const std::string& auth) {
    return source_of("{name: a, kind: sensu, auth: " + auth + "}");
  };
  EXPECT_EQ(with("{bearer: t}").bearers.at(0).secret.reveal(), "t");
  EXPECT_EQ(with("{bearers: [t, u]}").bearers.at(1).secret.reveal(), "u");
  const Source basic = with("{basic: [{user: a, password: p}, {user: b, password: q}]}");
  EXPECT_EQ(basic.basics.at(1).user, "b");
  EXPECT_EQ(basic.basics.at(1).password.secret.reveal(), "q");
  EXPECT_EQ(basic.basics.at(1).password.id, "b");
  const Source header = with("{header: {name: X-Token, value: t}}");
  EXPECT_EQ(header.header->name, "X-Token");
  EXPECT_EQ(header.header->values.at(0).secret.reveal(), "t");
  const Source query = with("{query: {name: token, values: [t, u]}}");
  EXPECT_EQ(query.query->name, "token");
  EXPECT_EQ(query.query->values.size(), 2u);
}

TEST(Sources, a_signature_of_ones_own_is_read) {
  const Signing signing =
      source_of(
          "{name: a, kind: nagios, auth: {hmac: {secret: s, header: X-Sig, algorithm: sha512, "
          "encoding: base64, prefix: 'v1=', text: '{id}.{time}.{body}', time_header: X-Time, "
          "id_header: X-Id}}}")
          .signing;
  EXPECT_EQ(signing.header, "X-Sig");
  EXPECT_EQ(signing.algorithm, "sha512");
  EXPECT_EQ(signing.encoding, "base64");
  EXPECT_EQ(signing.tag, "v1=");
  EXPECT_EQ(signing.text, "{id}.{time}.{body}");
  EXPECT_EQ(signing.time_header, "X-Time");
  EXPECT_EQ(signing.id_header, "X-Id");
}

TEST(Sources, a_sender_that_may_choose_its_headers_may) {
  const Source plain = source_of("{name: g, kind: grafana, secret: c2VjcmV0}");
  EXPECT_EQ(plain.signing.header, "X-Grafana-Alerting-Signature");
  EXPECT_EQ(plain.signing.text, "{body}");
  const Source timed = source_of(
      "{name: g, kind: grafana, secret: s, signature: {header: X-Sig, time_header: X-Time}}");
  EXPECT_EQ(timed.signing.header, "X-Sig");
  EXPECT_EQ(timed.signing.time_header, "X-Time");
  EXPECT_EQ(timed.signing.text, "{time}:{body}");
}

TEST(Sources, keys_and_tokens_of_the_senders_own_are_read) {
  const std::string key = core::base64(std::string(32, 'k'));
  const Source hooks = source_of("{name: a, kind: standard-webhooks, public_keys: [whpk_" + key +
                                 ", '" + key + "']}");
  ASSERT_EQ(hooks.public_keys.size(), 2u);
  EXPECT_EQ(hooks.public_keys[0].reveal(), std::string(32, 'k'));
  EXPECT_EQ(hooks.public_keys[1].reveal(), std::string(32, 'k'));
  EXPECT_EQ(hooks.signing.header, "webhook-signature");

  const Source gitlab = source_of("{name: a, kind: gitlab, token: t}");
  EXPECT_EQ(gitlab.header->name, "X-Gitlab-Token");
  EXPECT_EQ(source_of("{name: a, kind: gitlab, tokens: [t, u]}").header->values.size(), 2u);
  EXPECT_TRUE(source_of("{name: a, kind: github, secret: s, sha1: true}").sha1);
}

TEST(Sources, signed_bearer_tokens_are_googles_unless_somebody_else_is_named) {
  const OidcAuth google =
      *source_of("{name: a, kind: gcp-pubsub, oidc: {audience: door, emails: [a@b.c]}}").oidc;
  EXPECT_EQ(google.audience, "door");
  EXPECT_EQ(google.emails, std::vector<std::string>{"a@b.c"});
  EXPECT_EQ(google.issuers,
            (std::vector<std::string>{"https://accounts.google.com", "accounts.google.com"}));
  EXPECT_EQ(google.keys_url, "https://www.googleapis.com/oauth2/v3/certs");
  EXPECT_EQ(google.leeway, 60s);
  const OidcAuth other =
      *source_of(
           "{name: a, kind: azure-event-grid, oidc: {audience: door, issuers: [https://i], "
           "emails: [a@b.c], keys_url: https://i/keys, leeway: 10s}}")
           .oidc;
  EXPECT_EQ(other.issuers, std::vector<std::string>{"https://i"});
  EXPECT_EQ(other.keys_url, "https://i/keys");
  EXPECT_EQ(other.leeway, 10s);
}

TEST(Sources, topics_are_confirmed_only_when_it_says_so) {
  const Source sns = source_of("{name: a, kind: aws-sns, topics: ['arn:1', 'arn:2']}");
  EXPECT_EQ(sns.sns->topics, (std::vector<std::string>{"arn:1", "arn:2"}));
  EXPECT_FALSE(sns.sns->confirm);
  EXPECT_FALSE(sns.sha1);
  const Source sure = source_of("{name: a, kind: aws-sns, topics: [t], confirm: true, sha1: true}");
  EXPECT_TRUE(sure.sns->confirm);
  EXPECT_TRUE(sure.sha1);
}

TEST(Sources, what_else_a_source_may_say_is_read) {
  const Source full = source_of(
      "{name: a, kind: cloudevents, trigger: my.event, auth: {bearer: t}, tolerance: 1h, "
      "allow: [192.0.2.0/24, '2001:db8::/32'], dedup: {key: '{{ body.id }}', window: 24h}, "
      "rate_limit: {limit: 100, per: 1m}, handshake: {origins: [a.test, '*'], rate: 60}}");
  EXPECT_EQ(full.trigger, "my.event");
  EXPECT_EQ(full.tolerance, 1h);
  EXPECT_EQ(full.allow, (std::vector<std::string>{"192.0.2.0/24", "2001:db8::/32"}));
  EXPECT_EQ(full.dedup->key, "{{ body.id }}");
  EXPECT_EQ(full.dedup->window, 24h);
  EXPECT_EQ(full.rate_limit->limit, 100);
  EXPECT_EQ(full.rate_limit->per, 1min);
  EXPECT_EQ(full.origins, (std::vector<std::string>{"a.test", "*"}));
  EXPECT_EQ(full.rate, 60);

  const Source bare = source_of("{name: a, kind: cloudevents, auth: {bearer: t}}");
  EXPECT_EQ(bare.trigger, "cloudevents.event");
  EXPECT_EQ(bare.tolerance, 5min);
  EXPECT_FALSE(bare.rate_limit);
  EXPECT_TRUE(bare.origins.empty());
}

TEST(Sources, every_kind_can_be_configured_by_the_first_way_that_it_offers) {
  for (const Sender& sender : senders()) {
    std::string way = "auth: {bearer: t}";
    if (!sender.signing.header.empty()) way = "secret: c2VjcmV0";
    if (sender.oidc && !sender.tokens) way = "oidc: {audience: a, emails: [a@b.c]}";
    if (sender.topics) way = "topics: [t]";
    const std::string trigger = sender.trigger.empty() ? ", trigger: acme.thing" : "";
    const Source source = source_of("{name: a, kind: " + sender.kind + ", " + way + trigger + "}");
    EXPECT_EQ(source.kind, sender.kind);
    EXPECT_FALSE(source.trigger.empty()) << sender.kind;
  }
}

struct BadSource {
  const char* source;
  Texts problems;  // without file and line
};

const std::vector<BadSource> kBadSecrets = {
    {"{name: a, kind: github, secret: s, secrets: [t]}",
     {"secrets: give either one secret or a list of secrets, not both"}},
    {"{name: a, kind: github, secrets: []}", {"secrets: must name at least one secret"}},
    {"{name: a, kind: github, secrets: [{env: PATH, until: tomorrow}]}",
     {"secrets[0].until: expected a time such as 2026-12-31T12:00:00Z"}},
    {"{name: a, kind: github, secret: {env: PATH, untill: 2026-12-31T12:00:00Z}}",
     {"secret.untill: unknown key 'untill'; did you mean 'until'?"}},
    {"{name: a, kind: github, token: t}", {"token: unknown key 'token'"}},
    {"{name: a, kind: github, secret: s, signature: {header: X}}",
     {"signature: unknown key 'signature'"}},
    {"{name: a, kind: github, secret: s, sha1: perhaps}",
     {"sha1: expected true or false, found text"}},
    {"{name: a, kind: gitlab, token: t, tokens: [u]}",
     {"tokens: give either one secret or a list of secrets, not both"}},
    {"{name: a, kind: grafana, secret: s, signature: {header: 'X Sig', timeheader: X}}",
     {"signature.timeheader: unknown key 'timeheader'; did you mean 'time_header'?",
      "signature.header: no header has that name"}},
    {"{name: a, kind: standard-webhooks, public_keys: [whpk_MTIz, 7]}",
     {"public_keys[0]: expected a public key such as whpk_ and 32 bytes in base64",
      "public_keys[1]: expected text (in quotes), found a number"}},
};

const std::vector<BadSource> kBadAuth = {
    {"{name: a, kind: zabbix, auth: {bearer: t, bearers: [u]}}",
     {"auth: give exactly one of bearer, bearers, basic, header, query, hmac"}},
    {"{name: a, kind: zabbix, auth: {bearr: t}}",
     {"auth.bearr: unknown key 'bearr'; did you mean 'bearer'?"}},
    {"{name: a, kind: zabbix, auth: {basic: {user: 'a:b', password: p}}}",
     {"auth.basic.user: must not hold ':'"}},
    {"{name: a, kind: zabbix, auth: {basic: {user: a}}}", {"auth.basic.password: is required"}},
    {"{name: a, kind: zabbix, auth: {basic: []}}",
     {"auth.basic: is empty: name something, or leave it out"}},
    {"{name: a, kind: zabbix, auth: {header: {name: 'X:', value: t}}}",
     {"auth.header.name: no header has that name"}},
    {"{name: a, kind: zabbix, auth: {query: {value: t, values: [t]}}}",
     {"auth.query.name: is required",
      "auth.query.values: give either one secret or a list of secrets, not both"}},
    {"{name: a, kind: zabbix, auth: {hmac: {secret: s, header: X, text: '{time}'}}}",
     {"auth.hmac.text: must hold {body}",
      "auth.hmac: {time} in text and time_header belong together"}},
    {"{name: a, kind: zabbix, auth: {hmac: {secret: s, header: X, time_header: Y}}}",
     {"auth.hmac: {time} in text and time_header belong together"}},
    {"{name: a, kind: zabbix, auth: {hmac: {secret: s, header: X, text: '{id}{body}'}}}",
     {"auth.hmac: {id} in text and id_header belong together"}},
    {"{name: a, kind: zabbix, auth: {hmac: {secret: s, header: X, id_header: 'Y Z'}}}",
     {"auth.hmac.id_header: no header has that name",
      "auth.hmac: {id} in text and id_header belong together"}},
    {"{name: a, kind: zabbix, auth: {bearer: t}, allow: [192.0.2.0/24, 192.0.2.1/24]}",
     {"allow[1]: '192.0.2.1/24' is no block of addresses: bits are set behind the length"}},
    {"{name: a, kind: jenkins, secret: 'no base64'}",
     {"secret: secret 1 is not base64, with whsec_ in front or without"}},
    {"{name: a, kind: gcp-pubsub, oidc: {audience: door}}",
     {"oidc: emails or subjects is required: anybody can get a token for your audience, so say "
      "whose count"}},
    {"{name: a, kind: gcp-pubsub, oidc: {emails: [a@b.c], keys_url: nowhere, leeway: 5}}",
     {"oidc.audience: is required",
      "oidc.keys_url: expected http(s)://HOST[:PORT][/PATH], without user, query and fragment",
      "oidc.leeway: expected a duration such as 30s, 10m or 24h, found a number"}},
    {"{name: a, kind: aws-sns, topics: []}", {"topics: must name at least one topic"}},
    {"{name: a, kind: aws-sns, topics: [t], confirm: maybe}",
     {"confirm: expected true or false, found text"}},
};

const std::vector<BadSource> kBadRest = {
    {"{name: a, kind: nagois, auth: {bearer: t}}",
     {"kind: unknown source kind 'nagois'; did you mean 'nagios'?"}},
    {"{name: a, auth: {bearer: t}}", {"kind: is required"}},
    {"{name: a, kind: zabbix, auth: {bearer: t}, tolerance: 61m}",
     {"tolerance: may be an hour at most"}},
    {"{name: a, kind: zabbix, auth: {bearer: t}, tolerance: 300}",
     {"tolerance: expected a duration such as 30s, 10m or 24h, found a number"}},
    {"{name: a, kind: zabbix, auth: {bearer: t}, allow: 192.0.2.1}",
     {"allow: expected a list, found text"}},
    {"{name: a, kind: zabbix, auth: {bearer: t}, rate_limit: {limit: 0}}",
     {"rate_limit.limit: must be from 1 to 1000000, is 0", "rate_limit.per: is required"}},
    {"{name: a, kind: cloudevents, auth: {bearer: t}, handshake: {origin: [a], rate: 0}}",
     {"handshake.origin: unknown key 'origin'; did you mean 'origins'?",
      "handshake.rate: must be from 1 to 1000000, is 0"}},
    {"{name: a, kind: zabbix, auth: {bearer: t}, dedup: {key: '{{ body.id', windows: 1h}}",
     {"dedup.windows: unknown key 'windows'; did you mean 'window'?",
      "dedup.key: unclosed '{{' at character 1"}},
};

TEST(Sources, whatever_is_wrong_is_said_with_line_and_key) {
  for (const auto* table : {&kBadSecrets, &kBadAuth, &kBadRest}) {
    for (const BadSource& bad : *table) {
      Texts expected;
      for (const std::string& problem : bad.problems)
        expected.push_back("/etc/cs/c.yaml:3: sources[0]" +
                           std::string(problem.starts_with(':') ? "" : ".") + problem);
      EXPECT_EQ(problems_of(bad.source), expected) << bad.source;
    }
  }
}

// T1: keys that only say more about a proof are none.
TEST(Sources, T1_a_source_with_everything_but_a_proof_is_refused) {
  for (const char* source :
       {"{name: a, kind: github, tolerance: 5m}",
        "{name: a, kind: grafana, signature: {header: X}}",
        "{name: a, kind: aws-sns, confirm: true}", "{name: a, kind: github, sha1: true}",
        "{name: a, kind: github, allow: [192.0.2.1/32]}",
        "{name: a, kind: standard-webhooks, public_keys: []}"}) {
    const Texts found = problems_of(source);
    EXPECT_EQ(found.size(), 1u) << source;
    for (const std::string& one : found)
      EXPECT_TRUE(one.find("without authentication") != std::string::npos ||
                  one.find("at least one") != std::string::npos)
          << one;
  }
}

// "body:a.b|header:c" as people read it.
std::string shown(const std::string& recipe) {
  std::string out;
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto end = recipe.find('|', at);
    const std::string part = recipe.substr(at, end - at);
    const bool header = part.starts_with("header:");
    out += fmt::format("{}{}`{}`", out.empty() ? "" : " + ", header ? "header " : "",
                       part.substr(part.find(':') + 1));
    at = end == std::string::npos ? end : end + 1;
  }
  return out;
}

std::string named_by(const Sender& sender) {
  if (sender.shape == Shape::alerts) return "`fingerprint` + `startsAt` + `status` of each alert";
  if (sender.shape == Shape::cloudevents) return "`source` + `id`";
  if (sender.ids.empty()) return "all of its bytes";
  std::string out;
  for (const std::string& recipe : sender.ids)
    out += (out.empty() ? "" : ", else ") + shown(recipe);
  return out;
}

std::string row_of(const Sender& sender) {
  std::vector<std::string> proofs;
  if (!sender.signing.header.empty()) proofs.emplace_back("`secret`");
  if (!sender.token_header.empty()) proofs.emplace_back("`token`");
  if (sender.tokens) proofs.emplace_back(sender.hmac ? "`auth` (also `hmac`)" : "`auth`");
  if (sender.public_keys) proofs.emplace_back("`public_keys`");
  if (sender.oidc) proofs.emplace_back("`oidc`");
  if (sender.topics) proofs.emplace_back("`topics`");
  const std::string trigger = sender.trigger.empty() ? "yours" : '`' + sender.trigger + '`';
  return fmt::format("| `{}` | {} | {} | {} | {} | {} |", sender.kind, sender.title,
                     fmt::join(proofs, " or "), named_by(sender), trigger, sender.busy);
}

TEST(Sources, the_table_in_the_documentation_is_the_one_that_the_program_uses) {
  const std::string page = read(std::string(TEST_SOURCE_DIR) + "/docs/operations/sources.md");
  const auto begin = page.find("\n| kind |");
  ASSERT_NE(begin, std::string::npos);
  const std::string table = page.substr(begin, page.find("\n\n", begin) - begin);
  std::string expected = table.substr(0, table.find('\n', table.find("\n|---") + 1));
  for (const Sender& sender : senders()) expected += '\n' + row_of(sender);
  EXPECT_EQ(table, expected) << "write:" << expected;
}

}  // namespace
}  // namespace countersign::config
