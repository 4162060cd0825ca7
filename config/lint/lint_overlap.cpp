// Two rules that one event starts both, for the same target. Shown with an event, which the matcher
// has judged and from which both targets were rendered; whatever cannot be shown is not said.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>

#include "bot/core/match.h"
#include "bot/core/schedule.h"
#include "config/lint/criteria_logic.h"
#include "config/lint/findings.h"
#include "config/lint/value_logic.h"

namespace countersign::config {
namespace {

constexpr std::size_t kLongestExample = 400;

using Pair = std::pair<const LintedRule*, const LintedRule*>;

// Rules whose one criterion of the same place asks for other values cannot meet: only the others
// are compared. The place is the one that most rules name values for.
class Buckets {
 public:
  explicit Buckets(const std::vector<const LintedRule*>& rules) {
    std::map<std::string, std::size_t> named;
    for (const LintedRule* rule : rules) {
      for (const auto& criterion : rule->rule->criteria) {
        if (only_values(criterion)) named[criterion.key] += 1;
      }
    }
    const auto most = std::ranges::max_element(named, {}, [](const auto& n) { return n.second; });
    for (const LintedRule* rule : rules) put(rule, most == named.end() ? "" : most->first);
  }

  // Both orders are one pair.
  std::set<Pair> pairs() const {
    std::set<Pair> out;
    const auto add = [&out](const LintedRule* a, const LintedRule* b) {
      if (a != b) out.insert(std::minmax(a, b));
    };
    for (const auto& [value, rules] : by_value_) {
      for (const LintedRule* a : rules) {
        for (const LintedRule* b : rules) add(a, b);
        for (const LintedRule* b : others_) add(a, b);
      }
    }
    for (const LintedRule* a : others_) {
      for (const LintedRule* b : others_) add(a, b);
    }
    return out;
  }

 private:
  void put(const LintedRule* rule, const std::string& key) {
    const auto& criteria = rule->rule->criteria;
    const auto of_key = std::ranges::find_if(
        criteria, [&](const core::Criterion& c) { return c.key == key && only_values(c); });
    if (of_key == criteria.end()) {
      others_.push_back(rule);
      return;
    }
    const auto values = only_values(*of_key);
    // 1, 1.0 and true are equal, and one bucket.
    for (const Json& value : *values)
      by_value_[value.is_string() ? value.dump() : "a number"].push_back(rule);
  }

  std::map<std::string, std::vector<const LintedRule*>> by_value_;
  std::vector<const LintedRule*> others_;
};

// The environments that both may be in; "" for an event that names none.
std::vector<std::string> common_environments(const core::Rule& a, const core::Rule& b) {
  if (a.environments.empty() && b.environments.empty()) return {""};
  std::vector<std::string> out;
  for (const std::string& name : a.environments.empty() ? b.environments : a.environments) {
    const auto& other = b.environments;
    if (a.environments.empty() || other.empty() || std::ranges::find(other, name) != other.end())
      out.push_back(name);
  }
  return out;
}

// What the parameters of a rule look at has to be there. Each place gets a text of its own, so that
// two places are never one target by accident.
void fill_in(const core::Rule& rule, bool numbers, int& n, Json& body) {
  static const re2::RE2 kPath(R"re((trigger(?:\.[A-Za-z_]\w*|\[\d+\]|\[["'][^"'\]]+["']\])+))re");
  const std::string parameters = rule.parameters.dump();
  re2::StringPiece rest(parameters);
  std::string path;
  while (re2::RE2::FindAndConsume(&rest, kPath, &path)) {
    const auto places = places_of(path);
    if (!places || look(body, *places) != nullptr) continue;
    n += 1;
    put(body, *places, numbers ? std::to_string(n) : fmt::format("{}-{}", places->back().name, n));
  }
}

std::optional<std::vector<std::string>> targets(const LintedRule& linted, const core::Event& event,
                                                Json& bound) {
  const auto parameters = core::rule_parameters(*linted.rule, event);
  if (!parameters) return std::nullopt;
  const auto made = core::bind_parameters(*linted.action, *parameters);
  if (!made) return std::nullopt;
  bound = *made;
  const auto out = core::render_targets(*linted.action, bound);
  if (!out) return std::nullopt;
  return *out;
}

// With one target in common; or doing the very same, where neither names a target.
bool same_target(const LintedRule& a, const LintedRule& b, const core::Event& event) {
  Json of_a, of_b;
  const auto first = targets(a, event, of_a), second = targets(b, event, of_b);
  if (!first || !second) return false;
  if (first->empty() && second->empty()) return a.rule->action == b.rule->action && of_a == of_b;
  return std::ranges::any_of(*first, [&](const std::string& target) {
    return std::ranges::find(*second, target) != second->end();
  });
}

// The body of an event that starts both for one target.
std::optional<Json> example(const LintedRule& a, const LintedRule& b, const Settings& settings) {
  for (const std::string& environment : common_environments(*a.rule, *b.rule)) {
    auto criteria = a.rule->criteria;
    criteria.insert(criteria.end(), b.rule->criteria.begin(), b.rule->criteria.end());
    if (!environment.empty())
      criteria.push_back({"trigger.labels.environment", "equals", environment});
    const CommonEvent common = common_event(criteria);
    if (common.kind != CommonEvent::Kind::some) continue;
    for (const bool numbers : {false, true}) {
      core::Event event;
      event.trigger = a.rule->trigger;
      event.body = common.body;
      if (core::is_timer(event.trigger)) event.body["schedule"] = a.rule->trigger_parameters;
      int filled = 0;
      for (const LintedRule* linted : {&a, &b}) fill_in(*linted->rule, numbers, filled, event.body);
      const auto starts = [&](const LintedRule& linted) {
        return core::match(*linted.rule, event, settings.environments, {}).matched();
      };
      if (starts(a) && starts(b) && same_target(a, b, event)) return event.body;
    }
  }
  return std::nullopt;
}

std::string shown(const Json& body) {
  const std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > kLongestExample ? "" : ", for instance for " + text;
}

void compare(const LintedRule& a, const LintedRule& b, const Settings& settings,
             Findings& findings) {
  if (allows(a.root, "overlap")) return;
  const auto body = example(a, b, settings);
  if (!body) return;
  findings.add("overlap", b.root, b.root.at("name"),
               fmt::format("one event starts this and {} ({}) for the same target{}", a.rule->ref(),
                           a.rule->file, shown(*body)));
}

}  // namespace

void find_overlaps(const LintInput& input, Findings& findings) {
  std::map<std::string, std::vector<const LintedRule*>> by_trigger;
  for (const LintedRule& linted : input.rules) {
    const auto& [rule, action, root, sound] = linted;
    const bool changes = action != nullptr && action->tier != core::Tier::read_only;
    if (!changes || !action->enabled || !rule->enabled || !sound) continue;
    const bool timer = core::is_timer(rule->trigger);
    by_trigger[rule->trigger + (timer ? rule->trigger_parameters.dump() : "")].push_back(&linted);
  }
  for (const auto& [trigger, rules] : by_trigger) {
    for (const auto& [a, b] : Buckets(rules).pairs()) compare(*a, *b, input.settings, findings);
  }
}

}  // namespace countersign::config
