// rules/*.yaml: StackStorm's keys and ours.
#include <fmt/format.h>

#include "bot/core/digest.h"
#include "bot/core/schedule.h"
#include "config/criteria.h"
#include "config/lint/lint.h"
#include "config/pack_parts.h"
#include "config/zones.h"

namespace countersign::config {
namespace {

const std::vector<std::string> kKeys = {
    // StackStorm's
    "name",
    "pack",
    "description",
    "enabled",
    "type",
    "trigger",
    "criteria",
    "action",
    "context",
    "tags",
    // ours
    "mode",
    "environments",
    "dedup",
    "flapping",
    "on_resolve",
    "rate_limit",
    "breaker",
    "approval",
    "auto",
    "notify",
    "tests",
    "lint",
};

constexpr int kMostApprovals = 20;

// As every event of this timer has them.
Json read_timer(const Reader& parameters, const std::string& trigger) {
  parameters.members();  // a map, or a Problem
  read_zone(parameters.at("timezone"));
  const Json given = parameters.is_map() ? parameters.json() : Json::object();
  const auto parsed = core::Schedule::parse(trigger, given);
  if (parsed.schedule) return parsed.schedule->parameters();
  const auto& fault = *parsed.fault;
  (fault.key.empty() ? parameters : parameters.at(fault.key)).error(fault.message);
  return given;
}

void read_trigger(const Reader& reader, core::Rule& rule) {
  if (!reader.required() || !reader.map_of({"type", "parameters", "ref", "description"})) return;
  rule.trigger = reader.at("type").required_text();
  const Reader parameters = reader.at("parameters");
  if (core::is_timer(rule.trigger)) {
    rule.trigger_parameters = read_timer(parameters, rule.trigger);
  } else if (!parameters.members().empty()) {
    parameters.warning("parameters of triggers are not supported yet, ignored");
    rule.trigger_parameters = parameters.json();
  }
}

// `dry_run: true` among the parameters is StackStorm's way to say mode: dry_run. It stays among
// them here: only the catalog knows whether the action has a parameter of that name.
void read_action_call(const Reader& reader, core::Rule& rule) {
  if (!reader.required() || !reader.map_of({"ref", "parameters", "description"})) return;
  rule.action = reader.at("ref").required_text();
  const Reader parameters = reader.at("parameters");
  check_templates(parameters);
  if (!parameters.members().empty()) rule.parameters = parameters.json();
  if (rule.parameters.value("dry_run", Json()) != Json(true)) return;
  if (rule.mode == core::RuleMode::live) {
    parameters.at("dry_run").warning("overrides mode: live: nothing will run");
  }
  rule.mode = core::RuleMode::dry_run;
  rule.promotable = false;
}

void read_type(const Reader& reader) {
  if (!reader.map_of({"ref", "parameters"})) return;
  if (reader.at("ref").word({"standard", "backstop"}, "standard") == "backstop") {
    reader.at("ref").error("backstop rules are not supported yet");
  }
}

std::optional<core::Dedup> read_dedup(const Reader& reader) {
  if (!reader.map_of({"key", "window", "mode", "cap"})) return {};
  core::Dedup dedup;
  if (!reader.at("key").required_text().empty()) dedup.key = read_template(reader.at("key"));
  if (reader.at("window").required()) dedup.window = reader.at("window").duration(dedup.window);
  const std::string mode = reader.at("mode").word({"leading", "sliding", "tumbling"}, "leading");
  for (const auto known : {core::DedupMode::sliding, core::DedupMode::tumbling}) {
    if (mode == core::name(known)) dedup.mode = known;
  }
  dedup.cap = reader.at("cap").duration(dedup.cap);
  if (reader.at("cap").present() && dedup.mode != core::DedupMode::sliding)
    reader.at("cap").error("only a sliding window has a cap");
  if (reader.at("cap").present() && dedup.cap < dedup.window)
    reader.at("cap").error("must not be shorter than the window");
  return dedup;
}

core::FlappingLimit read_flapping(const Reader& reader) {
  core::FlappingLimit flapping;
  if (!reader.map_of({"changes", "within"})) return flapping;
  flapping.changes = static_cast<int>(
      reader.at("changes").number(1, core::FlappingLimit::kMostChanges, flapping.changes));
  flapping.within = reader.at("within").duration(flapping.within);
  return flapping;
}

std::optional<core::OnResolve> read_on_resolve(const Reader& reader) {
  if (!reader.present()) return {};
  return reader.word({"cancel", "keep"}, "cancel") == "keep" ? core::OnResolve::keep
                                                             : core::OnResolve::cancel;
}

std::optional<core::RuleBreakerPolicy> read_breaker(const Reader& reader) {
  if (!reader.map_of({"failures", "fires", "within", "open_for"})) return {};
  core::RuleBreakerPolicy policy;
  constexpr int kMost = core::RuleBreakerPolicy::kMost;
  policy.failures = static_cast<int>(reader.at("failures").number(1, kMost, 0));
  policy.fires = static_cast<int>(reader.at("fires").number(1, kMost, 0));
  if (!reader.at("failures").present() && !reader.at("fires").present())
    reader.error("counts nothing: say failures, fires or both");
  for (auto [key, length] : {std::pair{"within", &policy.within}, {"open_for", &policy.open_for}}) {
    if (reader.at(key).required()) *length = reader.at(key).duration(std::chrono::hours(1));
  }
  return policy;
}

std::optional<core::ApprovalAsk> read_approval(const Reader& reader) {
  if (!reader.map_of({"roles", "count"})) return {};
  return core::ApprovalAsk{reader.at("roles").texts(),
                           static_cast<int>(reader.at("count").number(1, kMostApprovals, 0))};
}

std::vector<core::RuleTest> read_tests(const Reader& tests) {
  std::vector<core::RuleTest> out;
  for (const Reader& reader : tests.items()) {
    if (!reader.required() || !reader.map_of({"name", "event", "expect"})) continue;
    core::RuleTest test;
    test.name = reader.at("name").required_text();
    test.line = reader.line();
    if (reader.at("event").required()) test.event = reader.at("event").json();
    const Reader expect = reader.at("expect");
    if (expect.required() && expect.map_of({"match", "parameters"})) {
      test.match = expect.at("match").flag(true);
      const Reader parameters = expect.at("parameters");
      parameters.members();  // a map, or a Problem
      if (parameters.present()) test.parameters = parameters.json();
    }
    out.push_back(std::move(test));
  }
  return out;
}

void read_limits(const Reader& root, core::Rule& rule) {
  rule.environments = root.at("environments").texts();
  rule.dedup = read_dedup(root.at("dedup"));
  rule.flapping = read_flapping(root.at("flapping"));
  rule.on_resolve = read_on_resolve(root.at("on_resolve"));
  read_rate_limits(root.at("rate_limit"), rule.rate_limit, rule.target_limit);
  rule.approval = read_approval(root.at("approval"));
  rule.breaker = read_breaker(root.at("breaker"));
  if (root.at("auto").flag(false)) {
    root.at("auto").warning("automatic approval is not supported yet: every plan is put to people");
  }
}

std::string length(core::Duration d) { return core::format_duration(d); }

// All that decides what the rule does, and nothing that only describes it.
std::string hash_of(const core::Rule& rule) {
  Json content = {{"ref", rule.ref()},
                  {"enabled", rule.enabled},
                  {"trigger", rule.trigger},
                  {"trigger_parameters", rule.trigger_parameters},
                  {"criteria", Json::array()},
                  {"action", rule.action},
                  {"parameters", rule.parameters},
                  {"live", rule.mode == core::RuleMode::live},
                  {"environments", rule.environments},
                  {"notify", Json::array()}};
  for (const core::NotifyTarget& to : rule.notify)
    content["notify"].push_back({to.chat, to.channel});
  for (const core::Criterion& c : rule.criteria) {
    content["criteria"].push_back({c.key, c.op, c.pattern});
    if (!c.condition.empty()) content["criteria"].back().push_back(c.condition);
  }
  if (const auto& dedup = rule.dedup) {
    content["dedup"] = {dedup->key, length(dedup->window), core::name(dedup->mode)};
    if (dedup->cap > core::Duration::zero()) content["dedup"].push_back(length(dedup->cap));
  }
  if (rule.flapping != core::FlappingLimit{})
    content["flapping"] = {rule.flapping.changes, length(rule.flapping.within)};
  if (rule.on_resolve) content["on_resolve"] = core::name(*rule.on_resolve);
  if (const auto& limit = rule.rate_limit) {
    content["rate_limit"] = {limit->limit, length(limit->per)};
  }
  if (const auto& limit = rule.target_limit)
    content["target_limit"] = {limit->limit, length(limit->per)};
  if (const auto& breaker = rule.breaker)
    content["breaker"] = {breaker->failures, breaker->fires, length(breaker->within),
                          length(breaker->open_for)};
  if (const auto& ask = rule.approval) content["approval"] = {ask->roles, ask->count};
  return core::sha256_hex(content.dump());
}

// One place or a list of them.
std::vector<core::NotifyTarget> read_notify(const Reader& notify) {
  std::vector<core::NotifyTarget> out;
  const auto read_one = [&out](const Reader& one) {
    if (!one.map_of({"chat", "channel"})) return;
    out.push_back({one.at("chat").text(), one.at("channel").required_text()});
  };
  if (!notify.is_list() && notify.present()) read_one(notify);
  if (notify.is_list()) {
    for (const Reader& item : notify.items()) read_one(item);
  }
  return out;
}

}  // namespace

core::Rule read_rule(const Reader& root, const std::string& default_pack) {
  core::Rule rule;
  rule.file = root.file();
  rule.line = root.line();
  if (!root.required() || !root.map_of(kKeys)) return rule;
  rule.name = read_resource_name(root);
  rule.pack = root.at("pack").text(default_pack);
  rule.description = root.at("description").text();
  rule.enabled = root.at("enabled").flag(true);
  read_type(root.at("type"));
  read_trigger(root.at("trigger"), rule);
  rule.criteria = read_criteria(root.at("criteria"));
  const Reader mode = root.at("mode");
  const bool live = mode.word({"dry_run", "live"}, "dry_run") == "live";
  rule.mode = live ? core::RuleMode::live : core::RuleMode::dry_run;
  rule.promotable = live || !mode.present();
  read_action_call(root.at("action"), rule);
  read_limits(root, rule);
  rule.notify = read_notify(root.at("notify"));
  rule.tests = read_tests(root.at("tests"));
  check_allowed_lints(root.at("lint"));
  warn_if_given(root.at("context"), "template context is not supported yet, ignored");
  rule.content_hash = hash_of(rule);
  return rule;
}

LoadedRule parse_rule(const std::string& yaml, const std::string& file,
                      const std::string& default_pack) {
  const Document document = parse_document(yaml, file);
  LoadedRule loaded{{}, document.problems};
  if (loaded.problems.empty()) {
    loaded.rule = read_rule(Reader(document, loaded.problems), default_pack);
    sort_by_place(loaded.problems);
  }
  return loaded;
}

}  // namespace countersign::config
