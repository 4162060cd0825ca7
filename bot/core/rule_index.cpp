#include "bot/core/rule_index.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace countersign::core {
namespace {

// The part of a key that decides where it leads.
std::string_view without_remark(std::string_view key) { return key.substr(0, key.find('#')); }

std::uint32_t hash_of(std::string_view text) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
}

// Null unless the criterion is met by exactly one text.
const std::string* wanted_text(const CompiledCriterion& criterion) {
  return criterion.path() != nullptr ? criterion.only_text() : nullptr;
}

}  // namespace

// Lays out the rules of one trigger.
class RuleIndex::Builder {
 public:
  explicit Builder(Trigger& trigger) : trigger_(trigger) {}

  void build() {
    for (const CompiledRule& rule : trigger_.rules)
      for (const CompiledCriterion& criterion : rule.criteria) count(criterion);
    for (Number number = 0; number < trigger_.rules.size(); ++number) place(number);
  }

 private:
  using Meaning = std::tuple<std::string_view, std::string, std::string, std::string>;
  struct Use {
    int rules = 0;
    Number number = kNone;
  };

  static Meaning meaning_of(const CompiledCriterion& criterion) {
    const Criterion& c = criterion.source();
    return {without_remark(c.key), c.op, c.pattern.dump(), c.condition};
  }

  void count(const CompiledCriterion& criterion) {
    trigger_.asks_clock |= criterion.asks_clock();
    ++uses_[meaning_of(criterion)].rules;
    if (const std::string* text = wanted_text(criterion))
      texts_[without_remark(criterion.source().key)].insert(*text);
  }

  void place(Number number) {
    const CompiledRule& rule = trigger_.rules[number];
    const CompiledCriterion* first = most_selective(rule);
    Candidate candidate{number, {}};
    auto want = candidate.wants.begin();
    for (const CompiledCriterion& criterion : rule.criteria) {
      if (&criterion == first) continue;
      trigger_.asks.push_back({path_of(criterion), shared_number(criterion), &criterion});
      const std::string* text = wanted_text(criterion);
      if (text != nullptr && want != candidate.wants.end())
        *want++ = {path_of(criterion), hash_of(*text)};
    }
    trigger_.ends.push_back(static_cast<Number>(trigger_.asks.size()));
    if (first == nullptr) {
      trigger_.without_table.push_back(number);
    } else {
      table_of(path_of(*first)).rules[*first->only_text()].push_back(candidate);
    }
  }

  // The path whose texts differ most keeps most rules apart.
  const CompiledCriterion* most_selective(const CompiledRule& rule) const {
    const CompiledCriterion* best = nullptr;
    std::size_t most = 0;
    for (const CompiledCriterion& criterion : rule.criteria) {
      if (wanted_text(criterion) == nullptr) continue;
      const std::size_t texts = texts_.at(without_remark(criterion.source().key)).size();
      if (texts > most) best = &criterion;
      most = std::max(most, texts);
    }
    return best;
  }

  // A key that is no path has a number as well: its criterion never matches.
  Number path_of(const CompiledCriterion& criterion) {
    const auto [known, is_new] =
        paths_.try_emplace(without_remark(criterion.source().key), trigger_.paths.size());
    if (is_new) trigger_.paths.push_back(criterion.path());
    return known->second;
  }

  Number shared_number(const CompiledCriterion& criterion) {
    Use& use = uses_[meaning_of(criterion)];
    if (use.rules > 1 && use.number == kNone) use.number = trigger_.shared++;
    return use.number;
  }

  Table& table_of(Number path) {
    const auto known = std::ranges::find(trigger_.tables, path, &Table::path);
    return known != trigger_.tables.end() ? *known : trigger_.tables.emplace_back(Table{path, {}});
  }

  Trigger& trigger_;
  std::map<Meaning, Use> uses_;
  std::map<std::string_view, std::set<std::string_view>> texts_;
  std::map<std::string_view, Number> paths_;
};

// What one event says to the criteria of a trigger: each value is looked up when first wanted, each
// shared criterion asked once.
class RuleIndex::Answers {
 public:
  Answers(const Trigger& trigger, const Scope& scope)
      : trigger_(trigger),
        scope_(scope),
        values_(trigger.paths.size()),
        shared_(trigger.shared, Answer::failed) {}

  // Null if the path leads nowhere.
  const Json* value(Number path) { return look_up(path).value; }

  bool may_match(const Candidate& candidate) {
    for (const auto& [path, hash] : candidate.wants) {
      if (path == kNone) return true;
      const Value& value = look_up(path);
      if (!value.is_text || value.hash != hash) return false;
    }
    return true;
  }

  bool met(const Ask& ask) {
    if (ask.shared == kNone) return ask_now(ask);
    Answer& answer = shared_[ask.shared];
    if (answer == Answer::failed) answer = ask_now(ask) ? Answer::yes : Answer::no;
    return answer == Answer::yes;
  }

 private:
  struct Value {
    const Json* value = nullptr;
    std::uint32_t hash = 0;  // of a text
    bool is_text = false;
    bool known = false;
  };

  const Value& look_up(Number path) {
    Value& value = values_[path];
    if (value.known) return value;
    value.known = true;
    if (trigger_.paths[path]) value.value = find_value(*trigger_.paths[path], scope_);
    value.is_text = value.value != nullptr && value.value->is_string();
    if (value.is_text) value.hash = hash_of(value.value->get_ref<const std::string&>());
    return value;
  }

  bool ask_now(const Ask& ask) {
    return trigger_.paths[ask.path] && ask.criterion->matches_value(value(ask.path), scope_);
  }

  const Trigger& trigger_;
  const Scope& scope_;
  std::vector<Value> values_;   // by path
  std::vector<Answer> shared_;  // by shared criterion; failed: not asked yet
};

RuleIndex::RuleIndex(std::span<const Rule> rules) {
  for (const Rule& rule : rules) triggers_[rule.trigger].rules.emplace_back(rule);
  for (auto& [name, trigger] : triggers_) Builder(trigger).build();
}

const RuleIndex::Trigger* RuleIndex::find(std::string_view trigger) const {
  const auto found = triggers_.find(trigger);
  return found == triggers_.end() ? nullptr : &found->second;
}

std::span<const CompiledRule> RuleIndex::of_trigger(std::string_view trigger) const {
  const Trigger* found = find(trigger);
  return found ? std::span<const CompiledRule>(found->rules) : std::span<const CompiledRule>();
}

bool RuleIndex::asks_clock(std::string_view trigger) const {
  const Trigger* found = find(trigger);
  return found && found->asks_clock;
}

std::vector<const CompiledRule*> RuleIndex::matching(const Matching& event) const {
  const Trigger* trigger = find(event.trigger());
  std::vector<const CompiledRule*> out;
  if (trigger == nullptr) return out;
  Answers answers(*trigger, event.scope());
  const auto consider = [&](Number number) {
    const Number begin = number == 0 ? 0 : trigger->ends[number - 1];
    for (Number i = begin; i < trigger->ends[number]; ++i)
      if (!answers.met(trigger->asks[i])) return;
    const CompiledRule& rule = trigger->rules[number];
    if (!rule.criteria.empty() && !event.can_meet_criteria()) return;
    if (event.before_criteria(rule) == Why::matched) out.push_back(&rule);
  };
  for (const Table& table : trigger->tables) {
    const Json* value = answers.value(table.path);
    if (value == nullptr || !value->is_string()) continue;
    const auto found = table.rules.find(value->get_ref<const std::string&>());
    if (found == table.rules.end()) continue;
    for (const Candidate& candidate : found->second)
      if (answers.may_match(candidate)) consider(candidate.rule);
  }
  std::ranges::for_each(trigger->without_table, consider);
  std::ranges::sort(out);  // by address: they stand in one vector
  return out;
}

}  // namespace countersign::core
