// Which rules match an event, without asking those that cannot: rules stand under their trigger
// type, and under the text that one of their equality criteria asks for. Built once for a set of
// rules (docs/decisions/0028).
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bot/core/match.h"

namespace countersign::core {

// Immutable; any number of threads may ask at once.
class RuleIndex {
 public:
  // The rules must outlive it and stay where they are.
  explicit RuleIndex(std::span<const Rule> rules);
  RuleIndex(const RuleIndex&) = delete;
  RuleIndex& operator=(const RuleIndex&) = delete;

  // Exactly those that Matching::ask() says match, in the order in which they were given.
  std::vector<const CompiledRule*> matching(const Matching& event) const;

  // All rules that are for such events, disabled ones too, in order.
  std::span<const CompiledRule> of_trigger(std::string_view trigger) const;
  // Whether the answer for such an event depends on when it is asked.
  bool asks_clock(std::string_view trigger) const;

 private:
  using Number = std::uint32_t;
  static constexpr Number kNone = ~Number{0};

  // One criterion of a rule. Criteria that several rules share are asked once an event.
  struct Ask {
    Number path;
    Number shared;  // kNone: it is this rule's alone
    const CompiledCriterion* criterion;
  };
  // A rule that may match, and what tells it from its neighbours without looking at it: texts its
  // other equality criteria want, by hash.
  struct Candidate {
    struct Want {
      Number path = kNone;
      std::uint32_t hash = 0;
    };
    Number rule;
    std::array<Want, 3> wants;
  };
  // Per path that rules compare with a text: the rules by the text they want.
  struct Table {
    Number path;
    std::unordered_map<std::string_view, std::vector<Candidate>> rules;
  };
  struct Trigger {
    std::vector<CompiledRule> rules;
    std::vector<const Path*> paths;  // different ones; a value is looked up once an event
    std::vector<Ask> asks;           // of all rules, one after the other: what no table answers
    std::vector<Number> ends;        // where in `asks` those of a rule end
    std::vector<Table> tables;
    std::vector<Number> without_table;
    Number shared = 0;  // how many criteria are shared
    bool asks_clock = false;
  };
  class Builder;
  class Answers;

  const Trigger* find(std::string_view trigger) const;

  std::unordered_map<std::string_view, Trigger> triggers_;
};

}  // namespace countersign::core
