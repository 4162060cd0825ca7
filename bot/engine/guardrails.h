// What keeps a rule, or a person, from asking for a run now: the environment, the rule's breaker, a
// freeze, rate limits. Each refusal says what would lift it, for the record and for people
// (docs/rules/guardrails.md).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/engine/deps.h"
#include "bot/engine/rule_breakers.h"
#include "bot/store/token_buckets.h"

namespace countersign::engine {

// What is asked for. Borrows.
struct Wanted {
  const core::Action& action;
  const core::Rule* rule = nullptr;  // null: a person named the action
  const Json& parameters;            // as given, before binding
  const core::Event& event;
  bool by_person = false;       // who asks in chat, with a rule or without
  bool held = false;            // it would begin as held, without a plan
  bool despite_freeze = false;  // its plan is for breaking the glass
};

struct Refusal {
  const char* verdict;  // the decision's word
  std::string why;      // a sentence without its full stop
  std::string lift;     // likewise: what would lift it
  Json detail = Json::object();
};

class Guardrails {
 public:
  explicit Guardrails(const Deps& deps) : deps_(deps), breakers_(deps) {}

  // The first that is in the way. Nothing: the run may be asked for, and its tokens are taken.
  std::optional<Refusal> refuse(store::Tx& tx, const Snapshot& now, const Wanted& wanted) const;
  // All that is in the way now. Nothing is taken, nothing changes.
  std::vector<Refusal> in_the_way(store::Tx& tx, const Snapshot& now, const Wanted& wanted) const;
  // What came of that: the run, or one that was there already.
  void asked(store::Tx& tx, const Wanted& wanted, core::RunId run, bool created) const;

 private:
  const Deps& deps_;
  RuleBreakers breakers_;
};

// "WHY. LIFT."
std::string in_words(const Refusal& refusal);

}  // namespace countersign::engine
