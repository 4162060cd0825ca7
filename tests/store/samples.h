// Values that store tests begin with.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "bot/core/digest.h"
#include "bot/store/approvals.h"
#include "bot/store/events.h"
#include "bot/store/runs.h"
#include "tests/support/test_database.h"

namespace countersign::store::samples {

inline core::CorrelationId correlation(const std::string& seed) {
  return core::CorrelationId::parse(core::sha256_hex(seed).substr(0, 32));
}

// A delivery whose raw bytes are the body's text.
inline core::Incoming incoming(const std::string& delivery, const Json& body = {{"n", 1}}) {
  core::Incoming in;
  in.source = "alerts";
  in.trigger = "prometheus.alert";
  in.delivery_id = delivery;
  in.dedup_key = core::sha256_hex("alerts/" + delivery);
  in.raw = body.dump();
  in.body_hash = core::sha256_hex(in.raw);
  in.correlation = correlation(delivery);
  in.body = body;
  return in;
}

inline core::Run run(const std::string& key, core::EventId event = {1}) {
  core::Run run;
  run.key = core::sha256_hex(key);
  run.rule = "ops.restart";
  run.rule_hash = core::sha256_hex("rule");
  run.event = event;
  run.correlation = correlation(key);
  run.action = "ops.restart_service";
  run.parameters = {{"host", "web-3"}};
  run.target_key = "host:" + key;
  run.place = {"mm", "ops", ""};
  run.key_valid_for = std::chrono::hours(20);
  return run;
}

inline core::Plan plan() {
  core::Plan plan;
  plan.action = "ops.restart_service";
  plan.targets = {"web-3"};
  plan.parameters = {{"host", "web-3"}, {"ratio", 1e15}};
  return plan;
}

inline core::Approval approval(core::RunId run) {
  core::Approval a;
  a.run = run;
  a.plan_hash = core::plan_hash(plan());
  a.demand.clauses = {{"tier", {{{"a \"quoted\" role, with a comma", "sre"}, 2}}, {}}};
  a.demand.use_within = std::chrono::minutes(15);
  a.demand.expires_in = std::chrono::hours(1);
  return a;
}

class StoreTest : public testing::Test {
 protected:
  // One transaction.
  template <class F>
  auto tx(F&& work) {
    return db_.transact("test", std::forward<F>(work));
  }
  core::Accepted accept(const core::Incoming& in) {
    return tx([&](Tx& t) { return accept_events(t, {in}); }).at(0);
  }
  core::RunId create(const core::Run& r) {
    return tx([&](Tx& t) { return create_run(t, r).first; });
  }
  core::Run read(core::RunId id) {
    return tx([&](Tx& t) { return *find_run(t, id); });
  }
  // A run in a state that only others can bring it to, set past the guards.
  core::RunId create_in(core::Run r, core::RunState state) {
    const core::RunId id = create(r);
    test_.script(
        "ALTER TABLE cs.run DISABLE TRIGGER run_states; UPDATE cs.run SET state = '" +
        std::string(core::name(state)) +
        "', lease_owner = 'r0', lease_until = clock_timestamp() + interval '1 h' WHERE run_id = " +
        id.text() + "; ALTER TABLE cs.run ENABLE TRIGGER run_states");
    return id;
  }
  void open() {
    tx([](Tx& t) { open_epoch(t, "r0"); });
  }

  support::TestDatabase test_;
  Database& db_ = test_.db();
};

inline constexpr core::Duration kLease = std::chrono::seconds(30);

}  // namespace countersign::store::samples
