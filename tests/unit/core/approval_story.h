// One question and those that follow it about the same run, told step by step to the code and to
// the model, and compared after each step.
#pragma once
#include <array>
#include <numeric>

#include "bot/core/run.h"
#include "bot/core/standing.h"
#include "tests/support/approval_model.h"
#include "tests/support/chance.h"
#include "tests/unit/core/lawgiver.h"

namespace countersign::core {

using support::Chance;
using support::ModelQuestion;
using support::Moment;
using support::Names;

inline constexpr Moment kMinute = 60'000'000;
inline constexpr std::array kPeople{"rita", "alice", "bob", "carol", "dora", "eve"};
inline constexpr std::array kTeams{"web", "db", "net", "office", "shift"};

inline Instant at(Moment moment) { return Instant(Duration(moment)); }
inline Names set_of(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

inline support::ModelDemand model_of(const Demand& demand) {
  support::ModelDemand out;
  for (const Clause& clause : demand.clauses) {
    support::ModelClause copy;
    for (const Group& group : clause.groups)
      copy.groups.push_back({set_of(group.roles), group.count});
    if (clause.escalation) {
      copy.escalated_after = clause.escalation->after.count();
      copy.escalated_to = set_of(clause.escalation->roles);
    }
    out.clauses.push_back(copy);
  }
  out.four_eyes = demand.four_eyes;
  out.separate_teams = demand.separate_teams;
  out.step_up = demand.step_up;
  out.expires_in = demand.expires_in.count();
  out.use_within = demand.use_within.count();
  out.cooldown = demand.cooldown.count();
  return out;
}

class Story {
 public:
  explicit Story(std::uint64_t seed) : chance_(seed), lawgiver_(chance_), seed_(seed) {
    for (const char* who : kPeople) {
      hire(who);
      world_.teams[who] = chance_.of(kTeams);
    }
    book_ = lawgiver_.book();
    wish_ = lawgiver_.wish();
    run_.action = "ops.move";
    standing_.until = at(static_cast<Moment>(chance_.below(60)) * kMinute);
    standing_.times = static_cast<int>(chance_.below(3));
    ask(chance_.one_in(4) ? "" : chance_.of(kPeople), {});
    for (auto steps = 4 + chance_.below(32); steps > 0 && fault_.empty(); --steps) step();
  }
  const Names& seen() const { return seen_; }
  bool holds() const { return fault_.empty(); }
  std::string told() const {
    return std::accumulate(steps_.begin(), steps_.end(),
                           fault_ + "\n" + support::replay(seed_) + "\nAfter:",
                           [](std::string text, const auto& step) { return text + "\n  " + step; });
  }

 private:
  void step() {
    using Deed = void (Story::*)();
    static constexpr std::array<Deed, 10> rare{
        &Story::replan,       &Story::cancel, &Story::break_glass, &Story::new_law,
        &Story::clock,        &Story::post,   &Story::fall_silent, &Story::rehire,
        &Story::use_standing, &Story::late};
    static constexpr std::array<Deed, 12> often{
        &Story::vote, &Story::vote, &Story::vote,  &Story::vote,  &Story::vote,   &Story::vote,
        &Story::vote, &Story::wait, &Story::begin, &Story::begin, &Story::rehire, &Story::clock};
    const Deed deed = chance_.one_in(5) ? chance_.of(rare) : chance_.of(often);
    (this->*deed)();
    compare();
  }
  void did(std::string what) { steps_.push_back(std::to_string(world_.now) + ": " + what); }
  void expect(bool holds, const std::string& what) {
    if (!holds && fault_.empty()) fault_ = what;
  }
  std::string anybody() { return chance_.one_in(12) ? "zoe" : chance_.of(kPeople); }

  void hire(const std::string& who) {
    auto& seats = world_.people[who];
    seats.clear();
    for (const char* role : kRoles) {
      if (chance_.one_in(2)) seats.push_back({role, ""});
    }
    if (chance_.one_in(3))
      seats.push_back({chance_.of(kRoles), chance_.of(kPeople), world_.now - 5 * kMinute,
                       world_.now + static_cast<Moment>(chance_.below(20)) * kMinute});
    if (chance_.one_in(8)) world_.people.erase(who);
  }
  Electorate electorate() const {
    Electorate out;
    for (const auto& [who, seats] : world_.people) {
      Elector elector{{who, who}, {}};
      for (const auto& seat : seats)
        elector.seats.push_back({seat.role, seat.holder, at(seat.from), at(seat.until)});
      out.people.push_back(elector);
    }
    out.teams = {world_.teams.begin(), world_.teams.end()};
    out.silent = world_.silent ? "the chat does not answer" : "";
    return out;
  }

  void ask(const std::string& requester, const std::vector<std::string>& editors) {
    run_.plan_no += 1;
    run_.plan_hash = "plan" + std::to_string(run_.plan_no);
    Approval next;
    next.id = {run_.plan_no};
    next.plan_hash = run_.plan_hash;
    next.demand = demand(wish_, book_);
    next.requester = requester;
    next.editors = editors;
    next.asked_at = at(world_.now);
    next.expires_at = at(world_.now) + next.demand.expires_in;
    approval_ = next;
    Names askers = set_of(editors);
    if (!requester.empty()) askers.insert(requester);
    model_ = {};
    model_.demand = model_of(next.demand);
    model_.plan = next.plan_hash;
    model_.askers = askers;
    model_.asked = world_.now;
    run_.needs_approval = next.demand.asks();
    if (!chance_.one_in(6)) post();
  }

  void post() {
    did("the plan is posted");
    approval_.message_refs = {"mm:C1:post" + std::to_string(run_.plan_no)};
    model_.messages = set_of(approval_.message_refs);
  }

  void vote() {
    support::ModelVote vote;
    vote.who = chance_.one_in(8) && !approval_.requester.empty() ? approval_.requester : anybody();
    vote.choice = chance_.one_in(30) ? "deny" : chance_.one_in(6) ? "retract" : "approve";
    vote.plan = chance_.one_in(10)   ? "plan" + std::to_string(run_.plan_no - 1)
                : chance_.one_in(20) ? "foreign"
                                     : model_.plan;
    vote.message = chance_.one_in(6)    ? ""
                   : chance_.one_in(10) ? "mm:C2:post1"
                                        : "mm:C1:post" + std::to_string(run_.plan_no);
    vote.human = !chance_.one_in(16);
    vote.code = chance_.one_in(2);
    did(vote.who + " says " + vote.choice + " to " + vote.plan + " at " + vote.message +
        (vote.human ? "" : ", a bot") + (vote.code ? ", with a code" : ""));
    const auto objections = model_.objections(world_, vote);
    const auto choice = vote.choice == "deny"      ? VoteChoice::deny
                        : vote.choice == "retract" ? VoteChoice::retract
                                                   : VoteChoice::approve;
    const auto result =
        core::step(approval_, {vote.who, choice, vote.plan, vote.message, vote.human, vote.code},
                   electorate(), at(world_.now));
    const std::string verdict(name(result.verdict));
    seen_.insert(verdict);
    if (objections.empty()) {
      expect(verdict == "counted", "nothing speaks against the vote, and it is " + verdict);
      model_.take(world_, vote);
    } else {
      expect(objections.contains(verdict), "I9: " + *objections.begin() + ", and it is " + verdict);
    }
    turn_into(result.after);
  }

  // What became of it; what was final before stays as it was (I10).
  void turn_into(const Approval& after) {
    if (final_) {
      expect(same(after, *final_), "I10: what was final has changed");
    }
    approval_ = after;
    const bool over =
        approval_.state != ApprovalState::pending && approval_.state != ApprovalState::approved;
    if (over && !final_) final_ = approval_;
  }
  static bool same(const Approval& a, const Approval& b) {
    return a.state == b.state && a.approvers == b.approvers && a.decided_by == b.decided_by &&
           a.decided_at == b.decided_at && a.usable_until == b.usable_until;
  }

  // True: it has happened.
  bool happen(ApprovalEvent event, const char* what, const std::string& by) {
    const bool was_final = model_.final();
    const auto after = core::step(approval_, event, by, at(world_.now));
    const bool expected = model_.happen(what, by);
    expect(after.has_value() == expected, std::string("I10: ") + what + " has happened or not");
    expect(!was_final || !after, std::string("I10: final, and still ") + what);
    if (after) turn_into(*after);
    return after.has_value();
  }

  // To the microsecond before, at or after a moment that matters, or just on.
  void wait() {
    std::vector<Moment> moments{model_.expires(), model_.asked + 5 * kMinute,
                                world_.now + static_cast<Moment>(chance_.below(12)) * kMinute};
    if (model_.usable_until) moments.push_back(*model_.usable_until);
    const Moment to = chance_.of(moments) + static_cast<Moment>(chance_.below(3)) - 1;
    world_.now = std::max(world_.now, to);
    did("time has gone by");
  }

  // The clock's own look, as the keeper has it.
  void clock() {
    did("the clock looks");
    if (model_.state == "pending" && world_.now >= model_.expires())
      happen(ApprovalEvent::expire, "expire", "clock");
    else if (model_.usable_until && world_.now >= *model_.usable_until)
      happen(ApprovalEvent::unused, "unused", "clock");
  }
  void cancel() {
    const auto who = anybody();
    did(who + " cancels it");
    happen(ApprovalEvent::cancel, "cancel", who);
  }
  void break_glass() {
    const auto who = anybody();
    did(who + " breaks the glass");
    if (!happen(ApprovalEvent::glass, "glass", who)) return;
    for (auto* glass : {&approval_.broken_glass, &model_.glass}) *glass = true;
    if (std::ranges::find(approval_.approvers, who) == approval_.approvers.end())
      approval_.approvers.push_back(who);
    model_.agreed.insert(who);
    approval_.usable_until = at(world_.now) + approval_.demand.use_within;
    model_.usable_until = world_.now + model_.demand.use_within;
    run_.granted += 1;
  }
  void rehire() {
    const std::string who = chance_.of(kPeople);
    did(who + " has other roles");
    hire(who);
  }
  void new_law() {
    did("the policies change");
    book_ = lawgiver_.book();
  }
  // Whatever reaches a question that has been replaced.
  void late() {
    if (former_.empty()) return;
    const Approval old = chance_.of(former_);
    did("votes and all else for " + old.plan_hash);
    const auto result =
        core::step(old, {anybody(), VoteChoice::approve, old.plan_hash, "", true, true},
                   electorate(), at(world_.now));
    expect(result.verdict != VoteVerdict::counted && same(result.after, old),
           "I10: a vote has changed what was final");
    for (int event = 0; event <= static_cast<int>(ApprovalEvent::glass); ++event)
      expect(!core::step(old, static_cast<ApprovalEvent>(event), "late", at(world_.now)),
             "I10: something has changed what was final");
  }
  void fall_silent() {
    did("the directory falls silent, or speaks again");
    world_.silent = !world_.silent;
  }

  void replan() {
    const auto who = anybody();
    did(who + " edits it");
    auto editors = approval_.editors;
    editors.push_back(who);
    anew(chance_.one_in(5) ? who : approval_.requester, editors);
  }
  void anew(const std::string& requester, const std::vector<std::string>& editors) {
    happen(ApprovalEvent::replace, "replace", "edit");
    seen_.insert(std::string(name(approval_.state)));
    former_.push_back(approval_);
    final_.reset();
    ask(requester, editors);
  }

  // A worker that may be late, of a run that was claimed.
  void begin() {
    IntentFacts facts;
    facts.fence = run_.fence = 3;
    facts.replica = run_.lease_owner = "r1";
    run_.lease_until = at(world_.now + 1);
    run_.state = RunState::claimed;
    run_.standing = {};
    facts.epoch_open = true;
    facts.halted = chance_.one_in(8);
    facts.directory_silent = world_.silent;
    facts.now = at(world_.now);
    facts.approvers_suffice =
        approval_.broken_glass || suffices(approval_, electorate(), facts.now);
    if (chance_.one_in(8)) facts.fence = 2;
    if (chance_.one_in(8)) run_.lease_until = at(world_.now);
    did(std::string("it begins to start") + (facts.halted ? ", halted" : "") +
        (facts.fence == 2 ? ", by a zombie" : ""));
    if (!(approval_.demand == demand(wish_, book_)))
      return anew(approval_.requester, approval_.editors);  // who has to agree has changed
    const bool mine = facts.fence == 3 && *run_.lease_until > facts.now && !facts.halted;
    const bool fresh = model_.state == "approved" && world_.now < *model_.usable_until &&
                       (model_.glass || model_.enough(world_));
    const auto verdict = may_start(run_, approval_, facts);
    const bool go = verdict == IntentVerdict::go;
    seen_.insert(std::string(name(verdict)));
    expect(go == (mine && (!run_.needs_approval || fresh || model_.state == "consumed")),
           go ? "I11: it starts, and must not" : "it must start, and does not");
    if (!go || !run_.needs_approval || model_.state != "approved") return;
    happen(ApprovalEvent::start, "start", "r1");
    run_.starts += 1;
  }

  void use_standing() {
    Run run;
    run.rule = "disk";
    run.plan = Plan{};
    run.plan->rule = chance_.one_in(6) ? "other" : "disk";
    run.plan->targets = {chance_.one_in(6) ? "db-1" : "web-1"};
    standing_.rule = "disk";
    standing_.targets = {"web-*"};
    if (chance_.one_in(10)) standing_.state = StandingState::revoked;
    did("an alert that a standing approval may cover");
    const bool expected = run.plan->rule == "disk" && run.plan->targets.front() == "web-1" &&
                          standing_.state == StandingState::granted &&
                          at(world_.now) < standing_.until && used_ < standing_.times;
    const bool used = covers(standing_, run) && usable(standing_, false, at(world_.now));
    expect(used == expected, "I5, I11: a standing approval is used or not");
    if (used) standing_.used = ++used_;
    expect(used_ <= standing_.times, "I5: used more often than given");
  }

  void compare() {
    const std::string state(name(approval_.state));
    seen_.insert(state);
    expect(state == model_.state, "I10: it is " + state + ", and should be " + model_.state);
    expect(set_of(approval_.approvers) == model_.agreed &&
               approval_.approvers.size() == model_.agreed.size(),
           "I9: those who agreed, each once");
    expect(approval_.decided_by == model_.decided_by, "I10: who has decided it");
    expect(!approval_.usable_until == !model_.usable_until &&
               (!model_.usable_until || *approval_.usable_until == at(*model_.usable_until)),
           "I11: until when it may be used");
    consent();
  }
  // Of what has just been approved, judged by what it holds itself (I8).
  void consent() {
    const bool approved = approval_.state == ApprovalState::approved;
    if (approved && !was_approved_ && !approval_.broken_glass) {
      ModelQuestion judged = model_;
      judged.agreed = set_of(approval_.approvers);
      expect(judged.enough(world_), "I8: approved, and not by enough different people who may");
      expect(approval_.plan_hash == run_.plan_hash, "I8: approved, and another plan");
      expect(static_cast<int>(judged.agreed.size()) >= approval_.demand.people(), "I8: too few");
      run_.granted += 1;
    }
    was_approved_ = approved;
    expect(run_.starts <= run_.granted, "I5: started more often than granted");
  }

  Chance chance_;
  Lawgiver lawgiver_;
  const std::uint64_t seed_;
  support::ModelWorld world_;
  PolicyBook book_;
  Wish wish_;
  Run run_;
  Approval approval_;
  ModelQuestion model_;
  std::optional<Approval> final_;
  std::vector<Approval> former_;
  bool was_approved_ = false;
  Standing standing_;
  int used_ = 0;
  Names seen_;  // verdicts and states
  std::vector<std::string> steps_;
  std::string fault_;
};

}  // namespace countersign::core
