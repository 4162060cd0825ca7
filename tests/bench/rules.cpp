// What matching costs by the number of rules, for events that are parsed already, on the workload
// of bench/rules/workload.py: `workload.py DIR/N N` for each number of rules N, then
//   COUNTERSIGN_RULES=DIR benchmarks --benchmark_filter=matching --benchmark_repetitions=9
// Every event's matches are compared with those the workload expects before anything is measured.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/rule_index.h"

namespace {

namespace fs = std::filesystem;
using namespace countersign;

core::Rule rule_of(const nlohmann::ordered_json& j) {
  core::Rule rule;
  rule.name = j.at("name").get<std::string>();
  rule.pack = j.at("pack").get<std::string>();
  rule.trigger = j.at("trigger").at("type").get<std::string>();
  rule.environments = {"production", "staging", "dev"};  // the workload knows no protected one
  for (const auto& [key, criterion] : j.at("criteria").items())
    rule.criteria.push_back(
        {key, criterion.at("type").get<std::string>(), Json(criterion.at("pattern"))});
  return rule;
}

struct Workload {
  std::vector<core::Rule> rules;
  std::vector<core::Event> events;
  std::vector<std::vector<std::string>> expected;
};

std::optional<Workload> read_workload(std::int64_t size) {
  const char* folder = std::getenv("COUNTERSIGN_RULES");
  if (!folder) return std::nullopt;
  const fs::path top = fs::path(folder) / std::to_string(size);
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(top / "rules", missing))
    files.push_back(entry.path());
  std::ranges::sort(files);
  Workload made;
  for (const fs::path& file : files) {
    std::ifstream in(file);
    made.rules.push_back(rule_of(nlohmann::ordered_json::parse(in)));
  }
  std::ifstream events(top / "events.jsonl");
  for (std::string line; std::getline(events, line);) {
    core::Event event;
    event.trigger = "prometheus.alert";
    event.body = Json::parse(line);
    made.expected.push_back(event.body.at("expect").get<std::vector<std::string>>());
    event.body.erase("expect");
    made.events.push_back(std::move(event));
  }
  if (made.rules.empty() || made.events.empty()) return std::nullopt;
  return made;
}

std::vector<std::string> names(const std::vector<const core::CompiledRule*>& matched) {
  std::vector<std::string> out;
  for (const core::CompiledRule* one : matched) out.push_back(one->rule->name);
  return out;
}

const core::Environments kEnvironments;

bool as_expected(const Workload& workload, const core::RuleIndex& index) {
  for (std::size_t i = 0; i < workload.events.size(); ++i) {
    const core::Matching event(workload.events[i], kEnvironments, {});
    if (names(index.matching(event)) != workload.expected[i]) return false;
  }
  return true;
}

// The events ready to be asked: what is measured begins here.
std::vector<std::unique_ptr<core::Matching>> ready(const Workload& workload) {
  std::vector<std::unique_ptr<core::Matching>> out;
  for (const core::Event& event : workload.events)
    out.push_back(std::make_unique<core::Matching>(event, kEnvironments, core::Instant()));
  return out;
}

void measure(benchmark::State& state, const Workload& workload) {
  const core::RuleIndex index(workload.rules);
  if (!workload.expected.empty() && !as_expected(workload, index))
    return state.SkipWithError("other matches than the workload expects");
  const auto events = ready(workload);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(index.matching(*events[next]));
    next = next + 1 == events.size() ? 0 : next + 1;
  }
  state.SetItemsProcessed(state.iterations());
}

void matching(benchmark::State& state) {
  const auto workload = read_workload(state.range(0));
  if (!workload) return state.SkipWithError("COUNTERSIGN_RULES has no workload of this size");
  measure(state, *workload);
}
BENCHMARK(matching)->Arg(100)->Arg(1'000)->Arg(10'000);

// The same rules without what the index stands on: each has to be asked. `test` with the number of
// the rule behind its pattern is a criterion of that rule alone; otherwise all rules share it.
void without_equality(benchmark::State& state, const core::Criterion& test, bool alone) {
  auto workload = read_workload(10'000);
  if (!workload) return state.SkipWithError("COUNTERSIGN_RULES has no workload of this size");
  std::int64_t number = 10'000;
  for (core::Rule& rule : workload->rules) {
    rule.criteria = {test};
    if (alone && test.pattern.is_string())
      rule.criteria[0].pattern = test.pattern.get<std::string>() + std::to_string(number);
    if (alone && test.pattern.is_number()) rule.criteria[0].pattern = number;
    ++number;
  }
  workload->expected.clear();
  measure(state, *workload);
  state.SetItemsProcessed(state.iterations() * 10'000);  // rules
}
const core::Criterion kStart{"trigger.labels.instance", "startswith", "db-"};
const core::Criterion kPart{"trigger.annotations.summary", "contains", "disk "};
const core::Criterion kNumber{"trigger.value", "gt", 90};
const core::Criterion kRegex{"trigger.labels.instance", "regex", "^db-[0-9]+\\.example\\.com:9"};
BENCHMARK_CAPTURE(without_equality, shared_regex, kRegex, false);
BENCHMARK_CAPTURE(without_equality, startswith, kStart, true);
BENCHMARK_CAPTURE(without_equality, contains, kPart, true);
BENCHMARK_CAPTURE(without_equality, gt, kNumber, true);
BENCHMARK_CAPTURE(without_equality, regex, kRegex, true);

}  // namespace
