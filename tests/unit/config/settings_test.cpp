#include "config/settings.h"

#include <gtest/gtest.h>

#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

using namespace std::chrono_literals;

constexpr char kChat[] =
    "chats: [{name: mm, kind: mattermost, url: http://mm, token: t, team: ops}]\n"
    "notify: {chat: mm, channel: '#ops'}\n"
    "allow_literal_secrets: true\n";

Texts problems_of(const std::string& yaml) {
  return texts(parse_settings(yaml, "/etc/cs/c.yaml").problems);
}

TEST(Settings, reads_every_key) {
  const Folder folder;
  folder.write("packs/x", "");
  folder.write("gh", "from a file\n");
  const Variable token("CS_TEST_TOKEN", "secret token");
  const std::string file = folder.write("c.yaml", R"(
server: {listen: "[::1]:0", public_url: https://bot.example.com/cs/}
database: {url: postgresql://localhost/cs}
state_dir: state
chats:
  - {name: mm, kind: mattermost, url: https://chat.example.com/, token: {env: CS_TEST_TOKEN}, team: ops}
notify: {chat: mm, channel: "#ops"}
sources:
  - {name: alerts, kind: alertmanager, auth: {bearer: {env: CS_TEST_TOKEN}}}
  - {name: more, kind: alertmanager, trigger: other.alert, auth: {basic: {user: am, password: {file: gh}}}}
  - {name: gh, kind: github, secret: {file: gh}}
  - name: custom
    kind: generic
    trigger: acme.thing
    auth: {hmac: {secrets: [{env: CS_TEST_TOKEN}, {file: gh}], header: X-Sig, algorithm: sha512, encoding: base64, prefix: "v1,"}}
    dedup: {key: "{{ body.id }}", window: 24h}
packs: [packs]
roles:
  sre: {members: ["mm:alice", "mm:bob"]}
tiers: {mutating: {approvals: 2, requester_counts: false, expires: 30m, use_within: 5m}}
blast_radius: {targets: 3}
environments: {production: [live]}
promotion: {required: false}
command_prefix: "."
)");
  const Loaded loaded = load_settings(file);
  ASSERT_EQ(texts(loaded.problems), Texts{});
  const Settings& s = loaded.settings;
  EXPECT_EQ(s.server.address, "::1");
  EXPECT_EQ(s.server.port, 0);
  EXPECT_EQ(s.server.public_url, "https://bot.example.com/cs");
  EXPECT_EQ(s.database_url->reveal(), "postgresql://localhost/cs");
  EXPECT_EQ(s.state_dir, folder.path("state"));
  ASSERT_EQ(s.chats.size(), 1U);
  EXPECT_EQ(s.chats[0].url, "https://chat.example.com");
  EXPECT_EQ(s.chats[0].token.reveal(), "secret token");
  ASSERT_EQ(s.notify.size(), 1u);
  EXPECT_EQ(s.notify[0].channel, "#ops");
  ASSERT_EQ(s.sources.size(), 4U);
  EXPECT_EQ(s.sources[0].trigger, "prometheus.alert");
  EXPECT_EQ(s.sources[0].bearers.at(0).secret.reveal(), "secret token");
  EXPECT_EQ(s.sources[1].trigger, "other.alert");
  EXPECT_EQ(s.sources[1].basics.at(0).password.secret.reveal(), "from a file");
  EXPECT_EQ(s.sources[2].signing.header, "X-Hub-Signature-256");
  EXPECT_EQ(s.sources[2].signing.tag, "sha256=");
  EXPECT_EQ(s.sources[2].secrets.at(0).secret.reveal(), "from a file");
  EXPECT_EQ(s.sources[3].secrets.size(), 2U);
  EXPECT_EQ(s.sources[3].signing.encoding, "base64");
  EXPECT_EQ(s.sources[3].dedup->window, 24h);
  EXPECT_EQ(s.packs, std::vector{folder.path("packs")});
  EXPECT_EQ(s.roles.at("sre").members.size(), 2U);
  const core::TierPolicy& mutating = s.tiers.at(core::Tier::mutating);
  EXPECT_EQ(mutating.approvals, 2);
  EXPECT_FALSE(mutating.requester_counts);
  EXPECT_EQ(mutating.expires_in, 30min);
  EXPECT_EQ(mutating.use_within, 5min);
  EXPECT_EQ(s.blast_radius_targets, 3U);
  EXPECT_EQ(s.environments.production, std::vector<std::string>{"live"});
  EXPECT_FALSE(s.promotion_required);
  EXPECT_EQ(s.command_prefix, ".");
}

TEST(Settings, has_usable_defaults) {
  const Loaded loaded = parse_settings("chats: []\n", "/etc/cs/c.yaml");
  EXPECT_EQ(texts(loaded.problems), Texts{});
  EXPECT_EQ(loaded.settings.server.public_url, "http://127.0.0.1:8080");
  EXPECT_EQ(loaded.settings.state_dir, "/etc/cs/var");
  EXPECT_FALSE(loaded.settings.database_url);
  EXPECT_TRUE(loaded.settings.promotion_required);
  EXPECT_EQ(loaded.settings.tiers.at(core::Tier::high_impact).approvals, 2);
}

const std::vector<BadCase> kBadKeysAndTypes = {
    {"an unknown key",
     "serve: {}\n",
     {"/etc/cs/c.yaml:1: serve: unknown key 'serve'; did you mean 'server'?"}},
    {"an unknown inner key",
     "\nserver:\n  lisen: 127.0.0.1:1\n",
     {"/etc/cs/c.yaml:3: server.lisen: unknown key 'lisen'; did you mean 'listen'?"}},
    {"nothing near",
     "promotion: {zzz: 1}\n",
     {"/etc/cs/c.yaml:1: promotion.zzz: unknown key 'zzz'; known: required, min_dry_run, report_at"}},
    {"a wrong type",
     "promotion: {required: maybe}\n",
     {"/etc/cs/c.yaml:1: promotion.required: expected true or false, found text"}},
    {"a number for text",
     "state_dir: 5\n",
     {"/etc/cs/c.yaml:1: state_dir: expected text (in quotes), found a number"}},
    {"a map for a list",
     "packs: {a: b}\n",
     {"/etc/cs/c.yaml:1: packs: expected a list, found a map"}},
    {"text for a map",
     "server: here\n",
     {"/etc/cs/c.yaml:1: server: expected a map with the keys listen, public_url, "
      "trusted_proxies, queue_limit, found text"}},
    {"nothing at all", "# empty\n", {"/etc/cs/c.yaml: is required"}},
    {"a key twice",
     "packs: []\npacks: []\n",
     {"/etc/cs/c.yaml:2: packs: given twice; the first is in line 1"}},
    {"no number",
     "blast_radius: {targets: some}\n",
     {"/etc/cs/c.yaml:1: blast_radius.targets: expected a whole number, found text"}},
    {"too small a number",
     "blast_radius: {targets: 0}\n",
     {"/etc/cs/c.yaml:1: blast_radius.targets: must be from 1 to 100000, is 0"}},
    {"an unquoted no",
     "environments: {production: [no]}\n",
     {"/etc/cs/c.yaml:1: environments.production[0]: expected text (in quotes), found false"}},
    {"a folder that is not there",
     "packs: [./nowhere]\n",
     {"/etc/cs/c.yaml:1: packs[0]: there is no folder /etc/cs/nowhere"}},
    {"no address",
     "server: {listen: localhost}\n",
     {"/etc/cs/c.yaml:1: server.listen: expected HOST:PORT such as 127.0.0.1:8080, found "
      "'localhost'"}},
    {"too large a port",
     "server: {listen: 'localhost:70000'}\n",
     {"/etc/cs/c.yaml:1: server.listen: expected HOST:PORT such as 127.0.0.1:8080, found "
      "'localhost:70000'"}},
    {"no address to call",
     "server: {public_url: 'ftp://x'}\n",
     {"/etc/cs/c.yaml:1: server.public_url: expected http(s)://HOST[:PORT][/PATH], without user, "
      "query and fragment"}},
    {"every interface",
     "server: {listen: '0.0.0.0:80'}\n",
     {"warning: /etc/cs/c.yaml:1: server.public_url: left out, so chats will call "
      "http://0.0.0.0:80, which is no address to call"}},
    {"a prefix chats keep",
     "command_prefix: /\n",
     {"/etc/cs/c.yaml:1: command_prefix: must be one to four of ! $ % & * + , . : ; = ? ^ ~ < > | "
      "# -"}},
};

const std::vector<BadCase> kBadPeople = {
    {"a Slack chat without its tokens",
     "chats: [{name: sl, kind: slack}]\nnotify: {chat: sl, channel: '#ops'}\n",
     {"/etc/cs/c.yaml:1: chats[0].app_token: is required",
      "/etc/cs/c.yaml:1: chats[0].bot_token: is required"}},
    {"Slack's tokens mixed up",
     "allow_literal_secrets: true\nchats: [{name: sl, kind: slack, app_token: xoxb-1, bot_token: "
     "xapp-1}]\nnotify: {chat: sl, channel: '#ops'}\n",
     {"/etc/cs/c.yaml:2: chats[0].app_token: is not the right kind of token: it begins with xapp-",
      "/etc/cs/c.yaml:2: chats[0].bot_token: is not the right kind of token: it begins with "
      "xoxb-"}},
    {"an account of two people",
     "allow_literal_secrets: true\nchats: [{name: sl, kind: slack, app_token: xapp-1, bot_token: "
     "xoxb-1}]\nnotify: {chat: sl, channel: '#ops'}\npeople:\n  alice: ['sl:a', 'sl:b']\n  bob: "
     "['sl:a', 'sl:c']\n",
     {"/etc/cs/c.yaml:6: people.bob: 'sl:a' is an account of alice already"}},
    {"an unknown chat kind",
     "chats: [{name: mm, kind: matermost}]\nnotify: {chat: mm, channel: '#ops'}\n",
     {"/etc/cs/c.yaml:1: chats[0].kind: unknown chat kind 'matermost'; did you mean "
      "'mattermost'?"}},
    {"a chat without its keys",
     "chats:\n  - name: mm\n    kind: mattermost\nnotify: {chat: mm, channel: '#ops'}\n",
     {"/etc/cs/c.yaml:2: chats[0].url: is required",
      "/etc/cs/c.yaml:2: chats[0].token: is required",
      "/etc/cs/c.yaml:2: chats[0].team: is required"}},
    {"two chats of one name",
     "allow_literal_secrets: true\nchats:\n- {name: mm, kind: mattermost, url: http://a, token: t, "
     "team: o}\n"
     "- {name: mm, kind: mattermost, url: http://a, token: t, team: o}\nnotify: {chat: mm, "
     "channel: '#ops'}\n",
     {"/etc/cs/c.yaml:4: chats[1].name: 'mm' is taken by another entry"}},
    {"a name with a blank",
     "sources: [{name: 'a b', kind: github, secret: {env: PATH}}]\n",
     {"/etc/cs/c.yaml:1: sources[0].name: 'a b' may only hold a-z, 0-9, _ and -"}},
    {"notices to nowhere",
     "notify: {chat: mn, channel: '#ops'}\n",
     {"/etc/cs/c.yaml:1: notify.chat: unknown chat 'mn'; known: none"}},
    {"a member without chat",
     "roles: {sre: {members: [alice]}}\n",
     {"/etc/cs/c.yaml:1: roles.sre.members[0]: expected CHAT:PERSON such as mm:alice, found "
      "'alice'"}},
    {"a member of an unknown chat",
     "roles: {sre: {members: ['mn:alice']}}\n",
     {"/etc/cs/c.yaml:1: roles.sre.members[0]: unknown chat 'mn'; known: none"}},
};

// T1: an event whose sender cannot be told is never accepted.
const std::vector<BadCase> kBadSources = {
    {"no authentication",
     "sources:\n  - {name: a, kind: alertmanager}\n",
     {"/etc/cs/c.yaml:2: sources[0]: a source without authentication is refused: add auth: with "
      "bearer, basic, header or query"}},
    {"an empty authentication",
     "sources:\n  - {name: a, kind: alertmanager, auth: {}}\n",
     {"/etc/cs/c.yaml:2: sources[0].auth: give exactly one of bearer, bearers, basic, header, "
      "query"}},
    {"github without secret",
     "sources: [{name: gh, kind: github}]\n",
     {"/etc/cs/c.yaml:1: sources[0]: a source without authentication is refused: add secret: {env: "
      "NAME}"}},
    {"two ways at once",
     "sources: [{name: a, kind: generic, trigger: t, auth: {bearer: {env: PATH}, basic: {user: u, "
     "password: {env: PATH}}}}]\n",
     {"/etc/cs/c.yaml:1: sources[0].auth: give exactly one of bearer, bearers, basic, header, "
      "query, hmac"}},
    {"an hmac that alertmanager cannot make",
     "sources: [{name: a, kind: alertmanager, auth: {hmac: {secret: {env: PATH}}}}]\n",
     {"/etc/cs/c.yaml:1: sources[0].auth.hmac: unknown key 'hmac'; known: bearer, bearers, basic, "
      "header, query"}},
    {"an unknown kind",
     "sources: [{name: a, kind: alertmanger, auth: {bearer: {env: PATH}}}]\n",
     {"/etc/cs/c.yaml:1: sources[0].kind: unknown source kind 'alertmanger'; did you mean "
      "'alertmanager'?"}},
    {"generic without trigger",
     "sources: [{name: a, kind: generic, auth: {bearer: {env: PATH}}}]\n",
     {"/etc/cs/c.yaml:1: sources[0].trigger: is required"}},
    {"an incomplete hmac",
     "sources: [{name: a, kind: generic, trigger: t, auth: {hmac: {algorithm: md5, encoding: "
     "hexx}}}]\n",
     {"/etc/cs/c.yaml:1: sources[0].auth.hmac.secret: is required",
      "/etc/cs/c.yaml:1: sources[0].auth.hmac.header: is required",
      "/etc/cs/c.yaml:1: sources[0].auth.hmac.algorithm: unknown value 'md5'; known: sha1, sha256, "
      "sha512",
      "/etc/cs/c.yaml:1: sources[0].auth.hmac.encoding: unknown value 'hexx'; did you mean "
      "'hex'?"}},
    {"a bad window",
     "sources: [{name: a, kind: github, secret: {env: PATH}, dedup: {key: x, window: soon}}]\n",
     {"/etc/cs/c.yaml:1: sources[0].dedup.window: expected a duration such as 30s, 10m or 24h, "
      "found text"}},
};

// A configuration may only make a tier stricter.
const std::vector<BadCase> kBadTiers = {
    {"fewer approvals",
     "tiers: {high_impact: {approvals: 1}}\n",
     {"/etc/cs/c.yaml:1: tiers.high_impact.approvals: may only be raised: high_impact demands at "
      "least 2"}},
    {"the requester counted",
     "tiers: {high_impact: {requester_counts: true}}\n",
     {"/etc/cs/c.yaml:1: tiers.high_impact.requester_counts: may only be raised: high_impact "
      "demands people other than the requester"}},
    {"longer validity",
     "tiers: {high_impact: {expires: 1h}, mutating: {use_within: 1d}}\n",
     {"/etc/cs/c.yaml:1: tiers.mutating.use_within: may only be raised: mutating demands at most "
      "15m",
      "/etc/cs/c.yaml:1: tiers.high_impact.expires: may only be raised: high_impact demands at "
      "most 15m"}},
    {"an unknown tier",
     "tiers: {mutatin: {approvals: 1}}\n",
     {"/etc/cs/c.yaml:1: tiers.mutatin: unknown key 'mutatin'; did you mean 'mutating'?"}},
};

TEST(Settings, says_what_is_wrong_and_where) {
  for (const auto* table : {&kBadKeysAndTypes, &kBadPeople, &kBadSources, &kBadTiers}) {
    for (const BadCase& c : *table) EXPECT_EQ(problems_of(c.yaml), c.problems) << c.what;
  }
}

TEST(Settings, reports_all_problems_at_once) {
  EXPECT_EQ(problems_of("command_prefix: 7\n"
                        "servr: {}\n"
                        "sources:\n"
                        "  - {name: a, kind: github}\n"
                        "  - {name: a, kind: what}\n"
                        "roles: {sre: {members: ['x:y']}}\n")
                .size(),
            6U);
}

TEST(Settings, a_complete_chat_needs_no_more) { EXPECT_EQ(problems_of(kChat), Texts{}); }

TEST(Settings, a_role_may_be_held_by_groups_alone) {
  EXPECT_EQ(problems_of(std::string(kChat) + "roles: {sre: {groups: ['mm:#sre']}}\n"), Texts{});
}

TEST(Settings, a_group_is_of_a_form_that_its_chat_can_answer_for) {
  const std::string chats =
      "allow_literal_secrets: true\n"
      "chats: [{name: mm, kind: mattermost, url: http://mm, token: t, team: ops}, "
      "{name: sl, kind: slack, app_token: xapp-t, bot_token: xoxb-t}]\n"
      "notify: {chat: mm, channel: '#ops'}\n";
  const auto of = [&](const std::string& group) {
    return problems_of(chats + "roles: {sre: {groups: ['" + group + "']}}\n");
  };
  for (const char* group : {"mm:#sre", "mm:#ops@admins", "mm:@team-admins", "mm:@system-admins",
                            "sl:@sre", "sl:S0123ABC"})
    EXPECT_EQ(of(group), Texts{}) << group;
  const std::string at = "/etc/cs/c.yaml:4: roles.sre.groups[0]: '";
  for (const char* group : {"mm:@sre", "mm:sre", "mm:#ops@owners", "mm:#"})
    EXPECT_EQ(of(group),
              Texts{at + group +
                    "' is no group: write mm:#channel, mm:#channel@admins, mm:@team-admins or "
                    "mm:@system-admins"});
  for (const char* group : {"sl:#sre", "sl:sre"})
    EXPECT_EQ(of(group), Texts{at + group + "' is no group: write sl:@handle"});
}

TEST(Settings, plans_may_go_to_several_places) {
  const auto loaded =
      parse_settings(std::string(kChat).replace(
                         std::string(kChat).find("notify"),
                         std::string("notify: {chat: mm, channel: '#ops'}").size(),
                         "notify: [{chat: mm, channel: '#ops'}, {chat: mm, channel: '#b'}]"),
                     "c.yaml");
  EXPECT_EQ(texts(loaded.problems), Texts{});
  ASSERT_EQ(loaded.settings.notify.size(), 2u);
  EXPECT_EQ(loaded.settings.notify[1].channel, "#b");
}

TEST(Settings, a_role_without_people_is_a_warning) {
  EXPECT_EQ(problems_of("roles: {sre: {members: []}}\n"),
            Texts{"warning: /etc/cs/c.yaml:1: roles.sre: nobody holds this role"});
}

TEST(Settings, a_chat_without_notify_is_a_warning) {
  const std::string chat(kChat);
  const auto first = chat.find("notify");
  const auto last = chat.find("allow");
  EXPECT_EQ(problems_of(chat.substr(0, first) + chat.substr(last)),
            Texts{"warning: /etc/cs/c.yaml:1: notify: left out: plans of rules that name no "
                  "channel have nowhere to go"});
}

TEST(Settings, a_missing_file_is_one_problem) {
  EXPECT_EQ(texts(load_settings("/nonexistent/c.yaml").problems),
            Texts{"/nonexistent/c.yaml: there is no such file"});
}

}  // namespace
}  // namespace countersign::config
