// A rule: which events, under which criteria, ask for which action, how freely. A value, made by
// config/rules_file (or a test) and never changed; content_hash names exactly this text.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/action.h"
#include "bot/core/instant.h"
#include "bot/core/json.h"

namespace countersign::core {

struct Criterion {
  std::string key;  // "trigger.labels.severity", as written; text from '#' on is ignored
  std::string op;   // operator as written, lower case
  Json pattern;
  std::string condition = {};  // of search: all, any, all2any, any2any
};

enum class RuleMode { dry_run, live };
enum class DedupMode { leading, sliding, tumbling };
std::string_view name(RuleMode mode);
std::string_view name(DedupMode mode);

struct Dedup {
  std::string key;  // template over trigger
  Duration window{};
  DedupMode mode = DedupMode::leading;
  Duration cap{};  // sliding: passes once after this anyway; zero: 24 windows
  Duration longest() const { return cap > Duration::zero() ? cap : 24 * window; }
};

// An alert that changes more often than this is flapping: what would change something is held.
struct FlappingLimit {
  static constexpr int kMostChanges = 31;
  int changes = 4;
  Duration within = std::chrono::minutes(10);
  bool operator==(const FlappingLimit&) const = default;
};

// What a resolve does to runs of the alert that have not begun.
enum class OnResolve { cancel, keep };
std::string_view name(OnResolve what);

struct ApprovalAsk {
  std::vector<std::string> roles;
  int count = 0;  // 0: the tier's number
};

struct RuleTest {
  std::string name;
  Json event;  // the payload
  bool match = true;
  std::optional<Json> parameters;  // expected, compared for the names given
  int line = 0;
};

// Where a rule's plans go.
struct NotifyTarget {
  std::string chat;     // empty: every chat the configuration notifies
  std::string channel;  // "#ops"
  bool operator==(const NotifyTarget&) const = default;
};

// When a rule stops making runs for a while (core/rule_breaker.h). A count of 0 is not looked at.
struct RuleBreakerPolicy {
  static constexpr int kMost = 1000;
  int failures = 0;  // of its runs, within
  int fires = 0;     // runs that it made, within
  Duration within{};
  Duration open_for{};
};

struct Rule {
  std::string name;
  std::string pack;
  std::string description;
  bool enabled = true;
  std::string trigger;  // trigger type ref
  Json trigger_parameters = Json::object();
  std::vector<Criterion> criteria;
  std::string action;  // action ref
  Json parameters = Json::object();
  RuleMode mode = RuleMode::dry_run;  // as the file has it; a promotion may make it live
  bool promotable = true;             // the file does not say that it is to stay a dry run
  std::vector<std::string> environments;  // empty: every environment that is not production
  std::optional<Dedup> dedup;
  std::optional<RateLimit> rate_limit;
  std::optional<RateLimit> target_limit;  // likewise, for each target
  std::optional<RuleBreakerPolicy> breaker;
  FlappingLimit flapping;
  std::optional<OnResolve> on_resolve;  // not given: by tier
  std::optional<ApprovalAsk> approval;
  std::vector<NotifyTarget> notify;  // empty: where the configuration says
  std::vector<RuleTest> tests;
  std::string file;  // where it came from, for messages
  int line = 0;
  std::string content_hash;  // sha256 hex of the canonical content

  std::string ref() const { return pack + "." + name; }
};

// The rule may be gone by now: null. Unasked, a run that only looks is kept.
OnResolve on_resolve(const Rule* rule, Tier tier);

}  // namespace countersign::core
