// countersign rules list|test|explain: what the rules say, without a bot or a database.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/app/reach.h"
#include "bot/app/rule_tests.h"
#include "bot/core/match.h"
#include "bot/engine/refs.h"

namespace countersign::app {
namespace {

struct Flags {
  ReachFlags reach;
  std::string file;
  std::string event_file;
  std::string trigger;
  bool json = false;
};

using Snapshot = std::shared_ptr<const engine::Snapshot>;

Snapshot load(const Flags& flags) {
  const auto loaded = load_all(flags.file);
  print_problems(loaded.problems);
  return loaded.snapshot;
}

int list(const Flags& flags) {
  const Snapshot snapshot = load(flags);
  if (!snapshot) return kUsage;
  Json out = Json::array();
  for (const auto& rule : snapshot->catalog->rules) {
    out.push_back({{"rule", rule.ref()},
                   {"trigger", rule.trigger},
                   {"action", rule.action},
                   {"mode", core::name(rule.mode)},
                   {"enabled", rule.enabled},
                   {"tests", rule.tests.size()},
                   {"file", rule.file},
                   {"hash", rule.content_hash}});
  }
  if (flags.json) {
    std::cout << out.dump(2) << "\n";
    return kDone;
  }
  for (const auto& r : out) {
    std::cout << r["rule"].get<std::string>() << "  "
              << (r["enabled"].get<bool>() ? r["mode"].get<std::string>() : "disabled") << "  "
              << r["trigger"].get<std::string>() << " -> " << r["action"].get<std::string>()
              << "  (" << r["tests"].get<int>() << " tests, " << r["file"].get<std::string>()
              << ")\n";
  }
  return kDone;
}

int test(const Flags& flags) {
  const Snapshot snapshot = load(flags);
  if (!snapshot) return kUsage;
  int passed = 0, failed = 0;
  for (const auto& rule : snapshot->catalog->rules) {
    for (const auto& result : run_rule_tests(rule)) {
      (result.failures.empty() ? passed : failed) += 1;
      std::cout << (result.failures.empty() ? "ok      " : "FAILED  ") << rule.ref() << ": "
                << result.name << "\n";
      for (const auto& failure : result.failures)
        std::cout << "        " << rule.file << ":" << result.line << ": " << failure << "\n";
    }
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? kDone : kFailed;
}

// {"trigger": type, "body": {...}} or just the body, with the type from --trigger.
Result<core::Event> read_event(const Flags& flags) {
  std::ifstream in(flags.event_file);
  if (!in) return not_found("cannot read " + flags.event_file);
  const Json json = Json::parse(in, nullptr, false);
  if (json.is_discarded()) return invalid(flags.event_file + " is not JSON");
  core::Event event;
  const bool wrapped = json.is_object() && json.contains("trigger") &&
                       json["trigger"].is_string() && json.contains("body");
  event.trigger = !flags.trigger.empty() ? flags.trigger
                  : wrapped              ? json["trigger"].get<std::string>()
                                         : "";
  event.body = wrapped ? json["body"] : json;
  if (event.body.is_object() && event.body.contains("status") && event.body["status"].is_string())
    event.status = event.body["status"].get<std::string>();
  if (event.trigger.empty())
    return invalid(flags.event_file +
                   " names no trigger type: write {\"trigger\": \"prometheus.alert\", \"body\": "
                   "{...}} or add --trigger");
  return event;
}

std::string criterion_words(const core::CriterionResult& c) {
  std::string out = std::string(c.matched ? "  ok    " : "  FAILS ") + c.key + " " + c.op + " " +
                    c.expected.dump() + ", the event has " + c.actual.dump();
  return c.error.empty() ? out : out + " (" + c.error + ")";
}

// What may still come between a match and its run.
std::vector<std::string> limits_words(const core::Rule& rule, const engine::Snapshot& snapshot) {
  const auto length = core::format_duration;
  std::vector<std::string> out;
  if (const auto& dedup = rule.dedup) {
    out.push_back("one run in each " + std::string(core::name(dedup->mode)) + " window of " +
                  length(dedup->window) + " for " + dedup->key);
    if (dedup->mode == core::DedupMode::sliding)
      out.back() += ", and after " + length(dedup->longest()) + " in any case";
  } else {
    out.emplace_back("one run in each episode of an alert");
  }
  out.push_back("flapping after more than " + std::to_string(rule.flapping.changes) +
                " changes in " + length(rule.flapping.within) +
                ": what changes something is then held");
  if (const auto* action = snapshot.catalog->action(rule.action))
    out.push_back(core::on_resolve(&rule, action->tier) == core::OnResolve::keep
                      ? "a resolve keeps its runs"
                      : "a resolve cancels its runs that have not begun");
  if (const auto& limit = rule.rate_limit)
    out.push_back("at most " + std::to_string(limit->limit) + " runs in " + length(limit->per));
  return out;
}

// "E7": one of the record; anything else names a file.
bool names_recorded_event(const std::string& text) {
  const auto reference = engine::parse_reference(text);
  return reference && reference->event && !std::filesystem::exists(text);
}

int explain(const Flags& flags) {
  if (names_recorded_event(flags.event_file)) {
    ReachFlags reach = flags.reach;
    reach.config = flags.file;
    return explain_recorded(reach, flags.event_file, flags.json);
  }
  const Snapshot snapshot = load(flags);
  if (!snapshot) return kUsage;
  const auto event = read_event(flags);
  if (!event) {
    std::cerr << "countersign: " << event.error().message << "\n";
    return kUsage;
  }
  const auto now = std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
  Json all = Json::array();
  for (const auto& rule : snapshot->catalog->rules) {
    const auto verdict = core::match(rule, *event, snapshot->settings.environments, now);
    all.push_back({{"rule", rule.ref()},
                   {"matched", verdict.matched()},
                   {"why", core::name(verdict.why)},
                   {"detail", verdict.detail},
                   {"criteria", verdict.criteria},
                   {"mode", core::name(rule.mode)}});
    if (flags.json) continue;
    std::cout << rule.ref() << ": "
              << (verdict.matched() ? "would match (" + std::string(core::name(rule.mode)) + ")"
                                    : "would not match: " + std::string(core::name(verdict.why)))
              << (verdict.detail.empty() ? "" : " (" + verdict.detail + ")") << "\n";
    for (const auto& c : verdict.criteria) std::cout << criterion_words(c) << "\n";
    if (!verdict.matched()) continue;
    const auto parameters = core::rule_parameters(rule, *event);
    std::cout << "  " << rule.action << " "
              << (parameters ? parameters->dump()
                             : "cannot be given its parameters: " + parameters.error().message)
              << "\n";
    for (const auto& words : limits_words(rule, *snapshot)) std::cout << "  " << words << "\n";
  }
  if (flags.json) std::cout << all.dump(2) << "\n";
  return kDone;
}

}  // namespace

void add_rules(CLI::App& cli, int& exit_code) {
  auto* rules = cli.add_subcommand("rules", "List, test and explain rules");
  rules->require_subcommand(1);
  const auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* help, int (*run)(const Flags&)) {
    auto* command = rules->add_subcommand(name, help);
    command->add_option("--config", flags->file, "Configuration file")->required();
    command->callback([flags, run, &exit_code] { exit_code = run(*flags); });
    return command;
  };
  add("list", "Every rule with its mode, trigger and action", list)
      ->add_flag("--json", flags->json, "Machine-readable");
  add("test", "Run the examples written in the rule files", test);
  auto* command = add(
      "explain",
      "For an event: which rule would match, and which criterion failed with which value", explain);
  command->add_option("--event", flags->event_file, "JSON file with the event, or E7 of the record")
      ->required();
  command->add_option("--trigger", flags->trigger,
                      "Trigger type, if the file holds only the payload");
  command->add_flag("--json", flags->json, "Machine-readable");
  add_past_rules(*rules, exit_code);
}

}  // namespace countersign::app
