// What can be run: an action's metadata, as a pack declares it (StackStorm's keys plus ours).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "bot/core/result.h"
#include "bot/core/retry.h"

namespace countersign::core {

enum class Tier { read_only, mutating, high_impact };  // who must agree
enum class EffectClass { read, idempotent, once };     // what may be repeated
std::string_view name(Tier tier);
std::string_view name(EffectClass effect);
std::optional<Tier> parse_tier(std::string_view text);
std::optional<EffectClass> parse_effect(std::string_view text);

struct Parameter {
  std::string name;
  std::vector<std::string> types;  // string integer number boolean array object; empty: any
  bool required = false;
  bool immutable = false;
  bool secret = false;
  std::optional<int> position;  // script arguments in this order, without a name
  Json fallback;                // "default"; null if none
  std::vector<Json> choices;    // "enum"; empty: any value
  std::string pattern;          // RE2, found anywhere in a string as in JSON schema; empty: any
  std::string description;
  bool leading_dash = false;  // a value may begin with '-' (T25)
};

// How the dry run of an action is made.
struct DryRun {
  enum class Kind { none, argument, entry_point } kind = Kind::none;
  std::string value;  // the argument to add ("--dry-run"), or the other entry point
};

struct RateLimit {
  int limit = 0;
  Duration per{};
};

// When what an action works on is left alone for a while (core/breaker.h).
struct BreakerPolicy {
  std::string name;  // empty: the host for http-request, the pack otherwise
  int failures = 5;  // in a row
  Duration open_for = std::chrono::minutes(1);
};

// An action that follows another one: `verify` after it succeeded, `rollback` offered when it did
// not (core/follow_up.h).
struct FollowUp {
  std::string action;  // ref
  Json parameters;     // templates over the parameters of the run; null: those of the same name
  Duration after{};    // how long to wait before
};

struct Action {
  std::string ref;  // pack.name
  std::string pack;
  std::string runner;  // command, http-request, noop, announcement
  std::string description;
  bool enabled = true;
  Tier tier = Tier::mutating;
  bool idempotent = false;
  Duration key_valid_for = std::chrono::hours(20);  // the far side knows an idempotency key (I13)
  std::string entry_point;        // absolute path, for command
  std::vector<std::string> args;  // templates of the argument vector; empty: by position and name
  std::vector<Parameter> parameters;
  std::string targets;  // template: what it touches; empty: nothing named
  DryRun plan;
  Duration timeout = std::chrono::seconds(60);
  std::size_t output_limit = 64 * 1024;
  std::vector<int> not_applied_codes;  // exit codes or HTTP statuses that prove nothing was done
  std::vector<std::string> roles;      // who may approve, beyond what the rule says
  std::optional<RateLimit> rate_limit;
  std::optional<RateLimit> target_limit;  // likewise, for each of its targets
  Retry retry;
  int concurrency = 0;  // so many of its runs at once; 0: any number
  std::optional<BreakerPolicy> breaker;
  std::optional<FollowUp> verify;
  std::optional<FollowUp> rollback;
  std::string folder;        // of the pack, absolute
  std::string content_hash;  // sha256 over metadata and entry point bytes, hex
};

EffectClass effect_of(const Action& action);

// The parameters as people may see them: secret ones are starred out.
Json redact(const Action& action, Json parameters);

// Resolved parameters: defaults filled in, types cast by StackStorm's rules, unknown names refused,
// choices and patterns held. The Error names the parameter.
Result<Json> bind_parameters(const Action& action, const Json& given);

// The call a runner gets, fully rendered and canonical; shown in the plan and covered by its hash.
//   command:       {"argv": [...], "cwd": "...", "env": {...}}
//   http-request:  {"method", "url", "headers": {...}, "body"}
//   announcement:  {"route", "message"}        noop: {}        countersign: {"do", "with"}
// `dry` asks for the dry run's call; an Error of kind refused says that the action has none.
Result<Json> render_call(const Action& action, const Json& parameters, bool dry);

// The targets an action would touch with these parameters: comma or list separated, sorted, unique.
Result<std::vector<std::string>> render_targets(const Action& action, const Json& parameters);

}  // namespace countersign::core
