// countersign rules list|test|explain: what the rules say, without a bot or a database.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/app/reach.h"
#include "bot/app/rule_tests.h"
#include "bot/core/match.h"
#include "bot/core/text_match.h"
#include "bot/engine/refs.h"

namespace countersign::app {
namespace {

struct Flags {
  ReachFlags reach;
  std::string file;
  std::string event_file;
  std::string trigger;
  std::string junit;
  std::vector<std::string> chosen;  // rules, by name or pattern; empty: all
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

// By its whole name or the last part of it; * and ? stand for more.
bool is_chosen(const core::Rule& rule, const std::vector<std::string>& chosen) {
  return chosen.empty() || std::ranges::any_of(chosen, [&](const std::string& pattern) {
           return core::wildcard_match(pattern, rule.ref()) ||
                  core::wildcard_match(pattern, rule.name);
         });
}

// One line that is written over, for whoever watches.
void show_progress(std::size_t done, std::size_t all, const std::string& rule) {
  static const bool watched = ::isatty(STDERR_FILENO) == 1;
  if (watched && done < all) std::cerr << "\r\x1b[K[" << done + 1 << "/" << all << "] " << rule;
  if (watched && done == all) std::cerr << "\r\x1b[K";
  if (watched) std::cerr.flush();
}

void print_report(const RuleReport& report) {
  const std::size_t failed = report.failed();
  const char* word = report.tests.empty() ? "no tests" : failed == 0 ? "ok" : "failed";
  std::cout << std::left << std::setw(10) << word << report.rule << " (" << report.file << ")";
  if (!report.tests.empty()) std::cout << ": " << report.tests.size() - failed << " passed";
  if (failed > 0) std::cout << ", " << failed << " failed";
  std::cout << "\n";
  for (const auto& test : report.tests) {
    if (test.failures.empty()) continue;
    std::cout << "  FAILED  " << report.rule << ": " << test.name << "\n";
    for (const auto& failure : test.failures)
      std::cout << "    " << report.file << ":" << test.line << ": " << failure << "\n";
    for (const auto& line : difference(test.expected, test.actual))
      std::cout << "      " << line << "\n";
  }
}

std::vector<RuleReport> run_tests(const std::vector<const core::Rule*>& rules) {
  std::vector<RuleReport> out;
  for (const core::Rule* rule : rules) {
    show_progress(out.size(), rules.size(), rule->ref());
    out.push_back({rule->ref(), rule->file, run_rule_tests(*rule)});
    show_progress(rules.size(), rules.size(), "");  // makes room for the report
    print_report(out.back());
  }
  return out;
}

int test(const Flags& flags) {
  const Snapshot snapshot = load(flags);
  if (!snapshot) return kUsage;
  std::vector<const core::Rule*> rules;
  for (const auto& rule : snapshot->catalog->rules) {
    if (is_chosen(rule, flags.chosen)) rules.push_back(&rule);
  }
  if (rules.empty() && !flags.chosen.empty()) {
    std::cerr << "countersign: no rule is called like that\n";
    return kUsage;
  }
  const auto reports = run_tests(rules);
  std::size_t passed = 0, failed = 0, untested = 0;
  for (const RuleReport& report : reports) {
    failed += report.failed();
    passed += report.tests.size() - report.failed();
    untested += report.tests.empty() ? 1 : 0;
  }
  if (!flags.junit.empty() && !(std::ofstream(flags.junit) << junit(reports))) {
    std::cerr << "countersign: cannot write " << flags.junit << "\n";
    return kFailed;
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  if (untested > 0)
    std::cout << untested << (untested == 1 ? " rule has" : " rules have") << " no tests\n";
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
  auto* tests = add("test", "Run the examples written in the rule files", test);
  tests->add_option("rule", flags->chosen, "Only these rules: ops.*, restart_on_disk_full");
  tests->add_option("--junit", flags->junit, "Write the results to this file, for CI");
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
