// I15: the tables of the core and the table of the database are the same.
#include <gtest/gtest.h>

#include <set>

#include "bot/core/approval.h"
#include "bot/core/run.h"
#include "tests/support/test_database.h"

namespace countersign::store {
namespace {

using Transitions = std::set<std::pair<std::string, std::string>>;

Transitions of_machine(const std::string& machine) {
  support::TestDatabase test;
  const Statement select{"transitions",
                         "SELECT from_state, to_state FROM cs.state_transition WHERE machine = $1"};
  return test.db().transact("test", [&](Tx& tx) {
    Transitions found;
    for (const Row row : tx.exec(select, {machine}))
      found.emplace(row.text("from_state"), row.text("to_state"));
    return found;
  });
}

TEST(StateMachines, of_runs_agree) {
  Transitions core;
  for (int from = 0; from < core::kRunStates; ++from) {
    for (int to = 0; to < core::kRunStates; ++to) {
      const auto a = static_cast<core::RunState>(from), b = static_cast<core::RunState>(to);
      if (core::allowed(a, b)) core.emplace(core::name(a), core::name(b));
    }
  }
  EXPECT_EQ(core, of_machine("run"));
}

TEST(StateMachines, of_approvals_agree) {
  Transitions core;
  for (int state = 0; state <= static_cast<int>(core::ApprovalState::consumed); ++state) {
    for (int event = 0; event <= static_cast<int>(core::ApprovalEvent::unused); ++event) {
      const auto from = static_cast<core::ApprovalState>(state);
      if (const auto to = core::next(from, static_cast<core::ApprovalEvent>(event))) {
        core.emplace(core::name(from), core::name(*to));
      }
    }
  }
  EXPECT_EQ(core, of_machine("approval"));
}

}  // namespace
}  // namespace countersign::store
