// What becomes of runs that ask people, after every step of a campaign: the reference that the
// whole engine is compared with. Questions are judged by tests/support/approval_model.h.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/approval_model.h"

namespace countersign::engine {

using support::ModelDemand;
using support::ModelQuestion;
using support::ModelVote;
using support::Moment;

struct ModelRun {
  std::string kind;  // move, grant
  std::string state = "planned";
  std::string requester;
  std::string host;
  support::Names askers;
  int plan_no = 0;
  int version = 0;  // of the action when it was planned
  std::optional<ModelQuestion> question;
  std::optional<std::size_t> standing;
  Moment ready_at = 0;
};

struct ModelStanding {
  ModelQuestion grant;
  int version = 0;
  Moment until = 0;
  int times = 0;
  int used = 0;
  bool revoked = false;
};

class CampaignModel {
 public:
  support::ModelWorld world;
  ModelDemand demand;  // of the policies in force
  int law = 0;         // which they are
  int version = 0;     // of the action
  bool halted = false;
  int effects = 0;
  int standing_times = 0;
  std::map<std::int64_t, ModelRun> runs;
  std::vector<ModelStanding> standings;

  void ask(std::int64_t id, const std::string& kind, const std::string& requester,
           const std::string& host) {
    ModelRun run;
    run.kind = kind;
    run.requester = requester;
    run.host = host;
    if (!requester.empty()) run.askers = {requester};
    runs[id] = run;
    settle();
  }
  bool may_handle(const ModelRun& run, const std::string& who) const {
    const auto counts = [&](const ModelQuestion& question) {
      return holds_any(who, question.demand) || (question.glass && leads(who));
    };
    return who == run.requester || (run.question && counts(*run.question)) ||
           (run.standing && (counts(standings.at(*run.standing).grant) || holds_any(who, demand)));
  }
  void vote(std::int64_t id, ModelVote vote) {
    ModelRun& run = runs.at(id);
    if (run.question && run.question->objections(world, vote).empty())
      run.question->take(world, vote);
    carry_over(run);
    settle();
  }
  void cancel(std::int64_t id, const std::string& who) {
    ModelRun& run = runs.at(id);
    const bool open =
        run.state == "awaiting_approval" || run.state == "ready" || run.state == "held";
    if (!open || !may_handle(run, who)) return;
    if (run.question) run.question->happen("cancel", who);
    run.state = "cancelled";
  }
  void edit(std::int64_t id, const std::string& who, const std::string& host) {
    ModelRun& run = runs.at(id);
    if (run.kind != "move" || run.state != "awaiting_approval" || run.host == host ||
        !may_handle(run, who))
      return;
    run.question->happen("replace", who);
    run.askers.insert(who);
    run.host = host;
    run.state = "planned";
    settle();
  }
  void break_glass(std::int64_t id, const std::string& who) {
    ModelRun& run = runs.at(id);
    if (run.kind == "grant") return;  // an emergency is one start
    if (run.state != "awaiting_approval" || !leads(who) || world.now >= run.question->expires())
      return;
    run.question->happen("glass", who);
    run.question->glass = true;
    run.question->agreed.insert(who);
    run.question->usable_until = world.now + run.question->demand.use_within;
    run.state = "ready";
    run.ready_at = world.now;
    settle();
  }
  // What the clock does, if it looks, and what starts after it.
  void time_passes(Moment by, bool looked) {
    world.now += by;
    for (auto& [id, run] : runs) {
      if (!run.question || !looked) continue;
      ModelQuestion& question = *run.question;
      if (run.state == "awaiting_approval" && world.now >= question.expires() &&
          question.happen("expire", "clock"))
        run.state = "expired";
      if (run.state == "ready" && question.usable_until && world.now >= *question.usable_until &&
          question.happen("unused", "clock"))
        run.state = "expired";
    }
    settle();
  }
  void settle() {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto& [id, run] : runs) moved = step(run) || moved;
    }
  }

 private:
  bool holds(const std::string& who, const support::Names& roles) const {
    return std::ranges::any_of(world.people.at(who),
                               [&](const auto& seat) { return roles.contains(seat.role); });
  }
  bool leads(const std::string& who) const {
    return world.people.contains(who) && holds(who, {"lead"});
  }
  bool holds_any(const std::string& who, const ModelDemand& asked) const {
    if (!world.people.contains(who)) return false;
    return std::ranges::any_of(asked.clauses, [&](const auto& clause) {
      return holds(who, clause.escalated_to) ||
             std::ranges::any_of(clause.groups,
                                 [&](const auto& group) { return holds(who, group.roles); });
    });
  }
  void carry_over(ModelRun& run) {
    if (run.state != "awaiting_approval") return;
    if (run.question->state == "denied") run.state = "denied";
    if (run.question->state != "approved") return;
    run.state = "ready";
    run.ready_at = world.now + run.question->demand.cooldown;
  }
  bool step(ModelRun& run) {
    if (run.state == "planned") return plan(run);
    if (run.state == "ready" && !halted && world.now >= run.ready_at) return start(run);
    return false;
  }
  bool plan(ModelRun& run) {
    run.plan_no += 1;
    run.version = version;
    run.question.reset();
    run.standing.reset();
    run.state = "awaiting_approval";
    if (run.plan_no == 1 && run.requester.empty()) run.standing = covering(run);
    if (run.standing) {
      run.state = "ready";
      run.ready_at = world.now + demand.cooldown;
      return true;
    }
    ModelQuestion question;
    question.demand = demand;
    question.plan = std::to_string(law);
    question.askers = run.askers;
    question.messages = {"plan"};
    question.asked = world.now;
    run.question = question;
    return true;
  }
  bool covers(const ModelStanding& standing, const ModelRun& run) const {
    return !standing.revoked && standing.version == run.version && run.host.starts_with("web-") &&
           world.now < standing.until && standing.used < standing.times;
  }
  std::optional<std::size_t> covering(const ModelRun& run) const {
    for (std::size_t i = 0; i < standings.size(); ++i) {
      if (covers(standings[i], run)) return i;
    }
    return std::nullopt;
  }
  bool still_enough(const ModelQuestion& question) const {
    return question.glass ? leads(question.decided_by) : question.enough(world);
  }
  bool start(ModelRun& run) {
    if (run.version != version) return again(run);
    if (run.standing) return start_by_standing(run);
    if (run.question->plan != std::to_string(law)) return again(run);
    if (world.now >= *run.question->usable_until) {
      run.question->happen("unused", "clock");
      run.state = "expired";
      return true;
    }
    if (!still_enough(*run.question)) {
      run.question->happen("replace", "clock");
      run.state = "held";
      return true;
    }
    run.question->happen("start", "replica");
    return act(run);
  }
  bool start_by_standing(ModelRun& run) {
    ModelStanding& standing = standings.at(*run.standing);
    ModelQuestion today = standing.grant;
    today.demand = demand;
    if (!covers(standing, run) || !still_enough(standing.grant) || !still_enough(today))
      return again(run);
    standing.used += 1;
    return act(run);
  }
  bool again(ModelRun& run) {
    if (run.question) run.question->happen("replace", "clock");
    run.state = "planned";
    return true;
  }
  bool act(ModelRun& run) {
    run.state = "succeeded";
    if (run.kind == "move") {
      effects += 1;
    } else {
      standings.push_back({*run.question, version, standing_until(run), standing_times, 0, false});
    }
    return true;
  }
  Moment standing_until(const ModelRun& run) const { return std::stoll(run.host); }
};

}  // namespace countersign::engine
