// The configuration file (product.md's section 3), typed. Every problem is reported at once, with file:line and key.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/match.h"
#include "bot/core/policy.h"
#include "config/problem.h"

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

struct HmacAuth {
  std::vector<Secret> secrets;  // any of them
  std::string header;
  std::string algorithm = "sha256";  // sha1 sha256 sha512
  std::string encoding = "hex";      // hex base64
  std::string prefix;
};
struct BasicAuth {
  std::string user;
  Secret password;
};
struct SourceDedup {
  std::string key;                   // template over {body, headers}
  core::Duration window = std::chrono::hours(24 * 7);
};
struct Source {
  std::string name;
  std::string kind;                  // generic, github, alertmanager
  std::string trigger;               // trigger type; default by kind
  std::optional<Secret> bearer;
  std::optional<BasicAuth> basic;
  std::optional<HmacAuth> hmac;      // github's `secret` becomes this
  std::optional<SourceDedup> dedup;
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

struct Settings {
  std::string file;
  Server server;
  std::optional<Secret> database_url;
  std::string state_dir = "./var";   // made absolute against the file's folder
  std::vector<Chat> chats;
  std::vector<Notify> notify;        // where plans go; the first is a run's own place, the others mirror it
  std::vector<Source> sources;
  std::vector<std::string> packs;    // absolute folders
  std::map<std::string, Role> roles;
  std::map<std::string, std::vector<std::string>> people;  // one person's accounts: alice -> mm:alice, sl:U012ABCDEF
  std::map<std::string, std::vector<std::string>> teams;   // web -> members; a person is of one team at most
  std::vector<StandIn> stand_ins;    // at most one for a person at a time
  core::TierPolicies tiers = core::default_tiers();
  std::optional<StepUp> step_up;
  std::vector<core::Policy> policies;
  BreakGlass break_glass;
  std::size_t blast_radius_targets = 5;
  core::Environments environments;
  bool promotion_required = true;
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
