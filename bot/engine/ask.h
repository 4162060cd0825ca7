// Asking for a run: the one way in which a rule or a person brings a run into being.
#pragma once
#include <optional>
#include <string>

#include "bot/core/rule.h"
#include "bot/core/run.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class Planner;

// Plans a new run in the moment of asking, if that takes neither a dry run nor people; `done` says
// whether it did.
struct AtOnce {
  const Planner& planner;
  bool done = false;
};

struct Ask {
  const core::Action& action;
  const core::Rule* rule = nullptr;  // null: a person named the action
  const core::Event& event;
  Json parameters;
  core::Person requester;               // empty key: the event itself asks
  std::vector<core::ChatPlace> places;  // the first is the run's own, the others mirror its plan
  std::string identity;  // what makes it this run and no other (I4): hashed into the run key
  bool simulated = false;
  core::Purpose purpose = core::Purpose::remedy;
  core::RunId parent;         // 0 for a remedy
  AtOnce* at_once = nullptr;  // null: the planner's turn comes later
  bool hold = false;          // it begins as held, without a plan
};

// Creates the run (or finds the one that has the key), in state planned unless it was planned at
// once or is to be held.
std::pair<core::RunId, bool> ask_for_run(store::Tx& tx, const Snapshot& now, const Ask& ask);

// Where plans of this rule go, or without a rule what concerns everybody; empty: nowhere.
std::vector<core::ChatPlace> places_for(const Snapshot& now, const core::Rule* rule);

}  // namespace countersign::engine
