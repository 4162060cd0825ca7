// What a question to people has to do, written a second time and as plainly as can be, for tests
// that compare: whoever fills the places is found by trying every order, and all that speaks
// against a vote is listed, not only the first thing. Nothing here calls the code under test.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace countersign::support {

using Moment = std::int64_t;  // microseconds
using Names = std::set<std::string>;

struct ModelSeat {
  std::string role;
  std::string holder;  // of whom one stands in for; empty: one's own
  Moment from = std::numeric_limits<Moment>::min();
  Moment until = std::numeric_limits<Moment>::max();
};

struct ModelWorld {
  std::map<std::string, std::vector<ModelSeat>> people;
  std::map<std::string, std::string> teams;
  bool silent = false;  // a directory does not answer
  Moment now = 0;
};

struct ModelGroup {
  Names roles;
  int count = 1;
};
struct ModelClause {
  std::vector<ModelGroup> groups;
  std::optional<Moment> escalated_after;
  Names escalated_to;
};
struct ModelDemand {
  std::vector<ModelClause> clauses;
  bool four_eyes = false;
  bool separate_teams = false;
  bool step_up = false;
  Moment expires_in = 0;
  Moment use_within = 0;
  Moment cooldown = 0;
};

struct ModelVote {
  std::string who;
  std::string choice = "approve";
  std::string plan;
  std::string message;  // empty: a command
  bool human = true;
  bool code = false;
};

struct ModelQuestion {
  ModelDemand demand;
  std::string plan;
  Names askers;    // who asked for it or changed it
  Names messages;  // where it is posted
  Moment asked = 0;
  std::string state = "pending";
  Names agreed;
  std::optional<Moment> usable_until;
  bool glass = false;
  std::string decided_by;

  Moment expires() const { return asked + demand.expires_in; }
  bool final() const { return state != "pending" && state != "approved"; }

  bool may(const ModelWorld& world, const std::string& who) const {
    return std::ranges::any_of(demand.clauses, [&](const ModelClause& clause) {
      return std::ranges::any_of(clause.groups, [&](const ModelGroup& group) {
        return counts(world, who, group, clause, {});
      });
    });
  }
  // Whether those who agreed are enough at this moment.
  bool enough(const ModelWorld& world) const {
    return std::ranges::all_of(demand.clauses,
                               [&](const ModelClause& clause) { return met(world, clause); }) &&
           (!demand.separate_teams || apart(world, agreed));
  }

  Names objections(const ModelWorld& world, const ModelVote& vote) const {
    const bool yes = vote.choice == "approve", back = vote.choice == "retract";
    const bool asker = askers.contains(vote.who), has = agreed.contains(vote.who);
    Names out;
    const auto object = [&](bool holds, const char* what) {
      if (holds) out.insert(what);
    };
    object(!vote.human, "not_human");
    object(state != "pending", "already_decided");
    object(world.now >= expires(), "expired");
    object(messages.empty(), "not_posted");
    object(!vote.message.empty() && !messages.contains(vote.message), "other_message");
    object(vote.plan != plan, "old_plan");
    object(yes && demand.four_eyes && asker, "requester");
    object(!back && !may(world, vote.who) && (yes || !asker),
           world.silent ? "not_known" : "not_eligible");
    object(yes && has, "already_voted");
    object(back && !has, "nothing_to_retract");
    Names with = agreed;
    with.insert(vote.who);
    object(yes && demand.separate_teams && !apart(world, with),
           world.silent ? "not_known" : "same_team");
    object(yes && demand.step_up && !vote.code, "needs_code");
    return out;
  }

  // A vote that nothing speaks against.
  void take(const ModelWorld& world, const ModelVote& vote) {
    if (vote.choice == "retract") {
      agreed.erase(vote.who);
    } else if (vote.choice == "deny") {
      decide("denied", vote.who);
    } else {
      agreed.insert(vote.who);
      if (!enough(world)) return;
      decide("approved", vote.who);
      usable_until = world.now + demand.cooldown + demand.use_within;
    }
  }

  // What happens to it without a vote; false: too late.
  bool happen(const std::string& what, const std::string& by) {
    static const std::map<std::string, std::map<std::string, std::string>> leads{
        {"expire", {{"pending", "expired"}}},
        {"cancel", {{"pending", "cancelled"}, {"approved", "cancelled"}}},
        {"replace", {{"pending", "void"}, {"approved", "void"}}},
        {"start", {{"approved", "consumed"}}},
        {"unused", {{"approved", "expired"}}},
        {"glass", {{"pending", "approved"}}}};
    const auto& from = leads.at(what);
    const auto to = from.find(state);
    if (to == from.end()) return false;
    decide(to->second, by);
    return true;
  }

 private:
  void decide(const std::string& to, const std::string& by) {
    state = to;
    decided_by = by;
  }

  bool excluded(const std::string& who) const { return demand.four_eyes && askers.contains(who); }

  bool counts(const ModelWorld& world, const std::string& who, const ModelGroup& group,
              const ModelClause& clause, const Names& among) const {
    if (excluded(who) || !world.people.contains(who)) return false;
    for (const ModelSeat& seat : world.people.at(who)) {
      bool role = group.roles.contains(seat.role);
      if (clause.escalated_after && world.now - asked >= *clause.escalated_after)
        role = role || clause.escalated_to.contains(seat.role);
      const bool own = seat.holder.empty();
      const bool free = own || (!excluded(seat.holder) && !among.contains(seat.holder));
      if (role && free && seat.from <= world.now && world.now < seat.until) return true;
    }
    return false;
  }

  bool met(const ModelWorld& world, const ModelClause& clause) const {
    std::vector<const ModelGroup*> places;
    for (const ModelGroup& group : clause.groups)
      places.insert(places.end(), static_cast<std::size_t>(group.count), &group);
    return sit(world, clause, places, 0, agreed);
  }
  // Every way to fill the places from this one on with those who still stand.
  bool sit(const ModelWorld& world, const ModelClause& clause,
           const std::vector<const ModelGroup*>& places, std::size_t place,
           const Names& standing) const {
    if (place == places.size()) return true;
    return std::ranges::any_of(standing, [&](const std::string& who) {
      if (!counts(world, who, *places[place], clause, agreed)) return false;
      Names rest = standing;
      rest.erase(who);
      return sit(world, clause, places, place + 1, rest);
    });
  }

  bool apart(const ModelWorld& world, Names all) const {
    all.insert(askers.begin(), askers.end());
    Names teams;
    return std::ranges::all_of(all, [&](const std::string& who) {
      return world.teams.contains(who) && teams.insert(world.teams.at(who)).second;
    });
  }
};

}  // namespace countersign::support
