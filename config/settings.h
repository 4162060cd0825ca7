// The configuration file (product.md's section 3), typed. Every problem is reported at once, with file:line and key.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/action.h"
#include "bot/core/freeze.h"
#include "bot/core/instant.h"
#include "bot/core/match.h"
#include "bot/core/policy.h"
#include "config/problem.h"
#include "config/senders.h"

namespace countersign::config {

// A secret's value. It prints as "***" wherever it is formatted by accident; reveal() is the one way to it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

struct Server {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string public_url;  // without a trailing slash; default http://address:port
  std::int64_t queue_limit = 100'000;  // undecided events; with more of them deliveries are refused
  std::vector<std::string> trusted_proxies;  // CIDR: whose X-Forwarded-For says who a sender is
};

struct Chat {
  std::string name;
  std::string kind;        // mattermost, slack
  std::string url;         // mattermost
  Secret token;            // mattermost
  std::string team;        // mattermost
  Secret app_token;        // slack
  Secret bot_token;        // slack
  std::string api_url = "https://slack.com/api/";
};

// What a sender shows or signs with. Several of them are alternatives, so that one can be exchanged for another.
struct Credential {
  Secret secret;
  std::string id;                       // names it in the record; its place in the list unless it has a name
  std::optional<core::Instant> until;   // counts no more from then on
};
struct BasicAuth {
  std::string user;
  Credential password;
};
struct NamedToken {
  std::string name;                     // of the header, or of the parameter in the query
  std::vector<Credential> values;
};
// A bearer token signed by somebody else's key (OpenID Connect).
struct OidcAuth {
  std::string audience;
  std::vector<std::string> issuers;
  std::vector<std::string> emails;      // one of them, verified
  std::vector<std::string> subjects;    // likewise, for issuers that know applications by an id; one of the two lists is given
  std::string keys_url;                 // where the issuer publishes its keys
  core::Duration leeway = std::chrono::seconds(60);
};
struct SnsAuth {
  std::vector<std::string> topics;      // ARNs
  bool confirm = false;                 // whether a subscription of these topics is confirmed by itself
};
struct SourceDedup {
  std::string key;                   // template over {body, headers}
  core::Duration window = std::chrono::hours(24 * 7);
};
// Everything that is configured here has to be shown, one of each list.
struct Source {
  std::string name;
  std::string kind;                     // a row of senders.h
  std::string trigger;                  // trigger type; default by kind
  Signing signing;                      // by kind or as configured; its header is empty if nothing is signed
  std::vector<Credential> secrets;      // for signing
  bool sha1 = false;                    // the kind's older signature, over SHA-1, counts too
  std::vector<Secret> public_keys;      // Ed25519, 32 bytes each
  std::vector<Credential> bearers;
  std::vector<BasicAuth> basics;
  std::optional<NamedToken> header;
  std::optional<NamedToken> query;      // ends up in logs of proxies: only for senders that can do nothing else
  std::optional<OidcAuth> oidc;
  std::optional<SnsAuth> sns;
  std::vector<std::string> allow;       // CIDR; empty: from anywhere
  core::Duration tolerance = std::chrono::minutes(5);  // of a signed time, both ways
  std::optional<SourceDedup> dedup;     // instead of the kind's own recipe
  std::optional<core::RateLimit> rate_limit;  // of deliveries, before their bodies are read; per replica
  std::vector<std::string> origins;     // who may ask for deliveries (CloudEvents); "*": anybody
  int rate = 0;                         // deliveries a minute promised to them; 0: as many as they like
  static constexpr int kNewKeysPerMinute = 10'000;
  int new_keys_per_minute = kNewKeysPerMinute;  // alerts and window keys never heard of before; more are not acted upon (T21)
};

// A source of events that asks for them itself: a program that prints them, or an address that is polled.
struct Sensor {
  std::string name;
  std::string kind;                  // exec, poll
  std::string trigger;               // trigger type
  std::string dedup_key;             // template over {item}; empty (exec only): each line is an event of its own
  core::Duration remember = std::chrono::hours(24 * 7);
  core::Duration base = std::chrono::seconds(1);  // between two tries after a failure, doubled up to the cap
  core::Duration cap = std::chrono::minutes(5);
  std::vector<std::string> command;  // exec: the program's absolute path and its arguments
  std::map<std::string, Secret> env;
  std::string user;                  // exec, started by root: as whom it runs
  std::string url;                   // poll
  core::Duration every = std::chrono::minutes(1);
  std::vector<std::pair<std::string, Secret>> headers;
  std::string items;                 // path into the answer; empty: the answer is the list
  std::string cursor_from;           // template over {answer, last}; empty: no cursor
  std::string cursor_query;          // the parameter that carries it, or
  std::string cursor_header;
  std::string content_hash;          // of all of this, values of secrets too
};

struct Role {
  std::string name;
  std::vector<std::string> members;  // "mm:alice", "sl:U012ABCDEF"
  std::vector<std::string> groups;   // "sl:@managers": whoever is in it when it is asked
};

struct Notify {
  std::string chat;
  std::string channel;               // "#ops"
};

// For a while one person votes in place of another, with the other's roles.
struct StandIn {
  std::string holder;  // "mm:alice"
  std::string deputy;
  core::Instant from{};
  core::Instant until{};
};

// Who may start alone in an emergency, and who is told. No roles: nobody may.
struct BreakGlass {
  std::vector<std::string> roles;
  std::vector<core::NotifyTarget> notify;
};

// One-time codes (step-up): nobody can enrol without it.
struct StepUp {
  Secret key;                          // seals the secrets of people; at least 32 characters
  std::string issuer = "Countersign";  // as authenticator apps show it
};

// How long the database keeps what is over. Whole days go, so it is a day longer at most.
struct Retention {
  core::Duration events = std::chrono::days(30);  // not less than what deliveries and windows remember
  core::Duration decisions = events;              // not less than events
  core::Duration audit = std::chrono::days(400);  // not less than decisions
};

struct Settings {
  std::string file;
  Server server;
  Retention retention;
  std::optional<Secret> database_url;
  std::string state_dir = "./var";   // made absolute against the file's folder
  std::vector<Chat> chats;
  std::vector<Notify> notify;        // where plans go; the first is a run's own place, the others mirror it
  std::vector<Source> sources;
  std::vector<Sensor> sensors;
  std::vector<std::string> packs;    // absolute folders
  std::map<std::string, Role> roles;
  std::map<std::string, std::vector<std::string>> people;  // one person's accounts: alice -> mm:alice, sl:U012ABCDEF
  std::map<std::string, std::vector<std::string>> teams;   // web -> members; a person is of one team at most
  std::vector<StandIn> stand_ins;    // at most one for a person at a time
  core::TierPolicies tiers = core::default_tiers();
  std::optional<StepUp> step_up;
  std::vector<core::Policy> policies;
  BreakGlass break_glass;
  std::vector<core::Freeze> freezes;
  std::size_t blast_radius_targets = 5;
  core::Environments environments;
  bool promotion_required = true;    // or `mode: live` counts by itself
  core::Duration min_dry_run = std::chrono::hours(14 * 24);  // before a rule may be promoted
  core::Duration dry_report_at = std::chrono::hours(8);      // of the day, UTC
  std::string command_prefix = "!";
  bool allow_literal_secrets = false;
};

struct Loaded {
  Settings settings;
  Problems problems;   // settings may be used only if !has_errors(problems)
};
Loaded load_settings(const std::string& file);
Loaded parse_settings(const std::string& yaml, const std::string& file);  // `file` names it and anchors relative paths

}  // namespace countersign::config
