// Random lives of approvals through the whole engine, compared with the model in campaign_model.h
// after each step, and with the invariants of the doctor after each sequence. COUNTERSIGN_SEED
// repeats them, COUNTERSIGN_SEQUENCES says how many.
#include <array>

#include "bot/engine/button_seal.h"
#include "bot/store/invariants.h"
#include "bot/store/runs.h"
#include "tests/engine/campaign_model.h"
#include "tests/engine/replica.h"
#include "tests/support/chance.h"

namespace countersign::engine {
namespace {

using core::VoteChoice;

#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSequences = 15;
#else
constexpr std::uint64_t kSequences = 200;
#endif
constexpr Moment kMinute = 60'000'000;
constexpr std::array kPeople{"alice", "annie", "bob", "carol", "dora", "eve", "rita", "hal"};

// Two of them are one person.
std::string key_of(const std::string& account) {
  return account == "alice" || account == "annie" ? "person:ann" : "mm:" + account;
}

// A policy, and what it comes to together with the tier's one of sre.
struct Law {
  std::optional<core::Policy> policy;
  ModelDemand demand;
};
std::vector<Law> laws() {
  using std::chrono::minutes;
  Law none;
  none.demand.clauses = {{{{{"sre"}, 1}}, {}, {}}};
  none.demand.expires_in = 60 * kMinute;
  none.demand.use_within = 15 * kMinute;
  std::vector<Law> out(7, none);
  for (std::size_t i = 1; i < out.size(); ++i) out[i].policy = core::Policy{};
  out[1].policy->groups = {{{"sre"}, 1}, {{"managers"}, 1}};
  out[1].demand.clauses.push_back({{{{"sre"}, 1}, {{"managers"}, 1}}, {}, {}});
  out[2].policy->four_eyes = out[2].demand.four_eyes = true;
  out[3].policy->separate_teams = out[3].demand.separate_teams = true;
  out[4].policy->groups = {{{"managers"}, 1}};
  out[4].policy->escalation = core::Escalation{minutes(10), {"directors"}, {}};
  out[4].demand.clauses.push_back({{{{"managers"}, 1}}, 10 * kMinute, {"directors"}});
  out[5].policy->cooldown = minutes(5);
  out[5].demand.cooldown = 5 * kMinute;
  out[6].policy->groups = {{{"sre", "managers"}, 2}};
  out[6].policy->four_eyes = out[6].demand.four_eyes = true;
  out[6].policy->expires_in = minutes(20);
  out[6].demand.expires_in = 20 * kMinute;
  out[6].demand.clauses.push_back({{{{"sre", "managers"}, 2}}, {}, {}});
  return out;
}

class ApprovalCampaign : public House {
 protected:
  ApprovalCampaign() {
    action("ops.move", core::Tier::mutating);
    catalog.actions["ops.move"].roles = {"sre"};
    catalog.actions["ops.move"].rate_limit = core::RateLimit{1'000'000, std::chrono::hours(1)};
    add(rule("disk", "ops.move"));
    publish();
    configure([](config::Settings& s) {
      s.people = {{"ann", {"mm:alice", "mm:annie"}}};
      s.stand_ins = {{"mm:carol", "mm:eve", core::Instant(), core::Instant::max()}};
      s.break_glass = {{"lead"}, {}};
      for (const char* who : {"carol", "dora", "eve", "rita", "hal"})
        s.teams[std::string("of ") + who] = {std::string("mm:") + who};
      s.teams["web"] = {"mm:alice", "mm:annie", "mm:bob"};
    });
  }

  void begin(std::uint64_t seed) {
    chance = std::make_unique<support::Chance>(seed);
    steps.clear();
    model = {};
    model.standing_times = 2;
    for (const char* who : {"carol", "dora", "eve", "rita", "hal"})
      model.world.teams[key_of(who)] = std::string("of ") + who;
    model.world.teams["person:ann"] = model.world.teams["mm:bob"] = "web";
    database.script("UPDATE cs.standing_approval SET until = clock_timestamp()");
    restart();
    hire();
    rule_by(chance->below(laws().size()));
    effects_before = runner.effects();
    standings_before = number("SELECT coalesce(max(standing_id), 0) FROM cs.standing_approval");
  }
  void restart() {
    steps.emplace_back("a restart");
    replica.reset();
    replica = std::make_unique<Replica>(
        database.url(), deps,
        Directory::Lookups{
            .person = [](const std::string& in, const std::string& name) -> Result<core::Person> {
              return core::Person{in + ":" + name, name};
            },
            .group = [](const std::string&, const std::string&)
                -> Result<std::vector<core::Person>> { return not_found("no such group"); }},
        journal_, chat, deps.replica);
  }
  // Who holds what, drawn anew.
  void hire() {
    steps.emplace_back("roles change:");
    std::map<std::string, std::vector<std::string>> members{{"lead", {"mm:hal"}}};
    for (const char* role : {"sre", "managers", "directors"}) {
      for (const char* who : kPeople) {
        if (chance->one_in(2)) members[role].push_back(std::string("mm:") + who);
      }
      members[role].push_back("mm:nobody-else");
    }
    auto& people = model.world.people;
    people.clear();
    for (const auto& [role, accounts] : members) {
      for (const auto& account : accounts) {
        people[key_of(account.substr(3))].push_back({role, ""});
        steps.back() += " " + account + "=" + role;
      }
    }
    if (people.contains("mm:carol")) {
      const auto own = people["mm:carol"];
      for (const auto& seat : own) people["mm:eve"].push_back({seat.role, "mm:carol"});
    }
    configure([&](config::Settings& s) {
      for (const auto& [role, accounts] : members) s.roles[role] = {role, accounts, {}};
    });
    replica->directory.forget();
  }
  void rule_by(std::size_t law) {
    steps.push_back("law " + std::to_string(law));
    const auto all = laws();
    model.demand = all[law].demand;
    model.law = static_cast<int>(law);
    configure([&](config::Settings& s) {
      s.policies.clear();
      if (all[law].policy) s.policies.push_back(*all[law].policy);
    });
  }

  void ask() {
    const std::string who = chance->of(kPeople), host = a_host();
    steps.push_back(who + " asks for " + host);
    command(who, "!remediate ops.move host=" + host);
    replica->settle();
    model.ask(latest(), "move", key_of(who), host);
  }
  void fire() {
    const std::string host = a_host();
    steps.push_back("an alert about " + host);
    alert(host, host);
    replica->settle();
    model.ask(latest(), "move", "", host);
  }
  void ask_for_standing() {
    steps.emplace_back("rita asks for a standing approval");
    database.script("DELETE FROM cs.token_bucket");  // rate limits are another test's business
    command("rita", "!standing disk targets=web-* until=4h times=2");
    replica->settle();
    model.ask(latest(), "grant", "mm:rita", std::to_string(model.world.now + 240 * kMinute));
  }
  void revoke() {
    if (model.standings.empty()) return;
    const auto which = chance->below(model.standings.size());
    const auto id =
        database.value("SELECT standing_id FROM cs.standing_approval WHERE standing_id > " +
                       std::to_string(standings_before) + " ORDER BY standing_id OFFSET " +
                       std::to_string(which) + " LIMIT 1");
    steps.push_back("rita revokes S" + id);
    command("rita", "!revoke S" + id + " enough");
    replica->settle();
    model.standings[which].revoked = true;
  }

  // A vote in any of the ways there are, for the current plan, an old one or on another message.
  void vote() {
    const auto id = one_of_them();
    if (id == 0) return;
    const auto now = run({id});
    const std::string who = somebody(id);
    const auto way = chance->of(std::array{"button", "emoji", "unemoji", "command", "cli", "http"});
    std::string choice = chance->one_in(10) ? "deny" : "approve";
    if (way == std::string("unemoji")) choice = "retract";
    const bool astray = chance->one_in(5);
    steps.push_back(who + ": " + choice + " R" + std::to_string(id) + " by " + way +
                    (astray ? ", astray" : ""));
    cast(now, who, way, choice, astray);
    replica->settle();
    if (astray && way != std::string("command")) return model.settle();
    ModelVote cast{key_of(who), choice, std::to_string(law_of(id)), "plan", true, false};
    model.vote(id, cast);
  }
  int law_of(std::int64_t id) {
    const auto& question = model.runs.at(id).question;
    return question ? std::stoi(question->plan) : 0;
  }
  void cast(const core::Run& now, const std::string& who, const std::string& way,
            const std::string& choice, bool astray) {
    const std::string act_id = "mm:act" + std::to_string(++acts_);
    const auto wanted = choice == "deny" ? VoteChoice::deny : VoteChoice::approve;
    if (way == "command") {
      command(who, "!" + choice + " R" + now.id.text());
      return;
    }
    if (way == "cli" || way == "http") {
      replica->cast(now.id, who, wanted, act_id, astray ? std::string(64, 'a') : "", way);
      return;
    }
    const auto ref = database.value("SELECT message_refs[1] FROM cs.approval WHERE approval_id = " +
                                    now.approval.text());
    core::Act act;
    act.id = act_id;
    act.person = {"mm:" + who, who};
    act.place = {"mm", "C1", ""};
    act.message_id = astray || ref.empty() ? "post999999" : ref.substr(ref.rfind(':') + 1);
    if (way == "button") {
      act.context = seal({choice, now.id, now.approval, now.plan_hash, 0}, deps.button_key);
    } else {
      act.kind = way == "emoji" ? core::Act::Kind::emoji_added : core::Act::Kind::emoji_removed;
      act.emoji = choice == "deny" ? "x" : "+1";
    }
    replica->act(act);
  }

  void cancel() {
    const auto id = one_of_them();
    if (id == 0 || !chance->one_in(2)) return;
    const std::string who = chance->of(kPeople);
    steps.push_back(who + " cancels R" + std::to_string(id));
    command(who, "!cancel R" + std::to_string(id));
    replica->settle();
    model.cancel(id, key_of(who));
  }
  void edit() {
    const auto id = one_of_them();
    if (id == 0) return;
    const std::string who = chance->of(kPeople), host = a_host();
    steps.push_back(who + " edits R" + std::to_string(id) + " to " + host);
    command(who, "!edit R" + std::to_string(id) + " host=" + host);
    replica->settle();
    model.edit(id, key_of(who), host);
  }
  void break_glass() {
    const auto id = one_of_them();
    if (id == 0) return;
    const std::string who = chance->one_in(2) ? "hal" : chance->of(kPeople);
    steps.push_back(who + " breaks the glass of R" + std::to_string(id));
    command(who, "!break-glass R" + std::to_string(id) + " it is on fire");
    replica->settle();
    model.break_glass(id, key_of(who));
  }
  void halt_or_resume() {
    steps.emplace_back(model.halted ? "hal resumes" : "hal halts");
    command("hal", model.halted ? "!resume" : "!halt");
    replica->settle();
    model.halted = !model.halted;
    model.settle();
  }
  void upgrade() {
    steps.emplace_back("another version of the action");
    model.version += 1;
    catalog.actions["ops.move"].content_hash =
        core::sha256_hex("version " + std::to_string(++versions_));
    publish();
  }
  void wait() { later(chance->of(std::array{1, 5, 10, 20, 60})); }
  // The clock of the database cannot be moved: everything is older instead.
  void later(int minutes) {
    steps.push_back(std::to_string(minutes) + " minutes later");
    const std::string span = " - interval '" + std::to_string(minutes) + " min'";
    database.script("UPDATE cs.approval SET created_at = created_at" + span +
                    ", expires_at = expires_at" + span + ", usable_until = usable_until" + span +
                    "; UPDATE cs.run SET next_at = next_at" + span + ", created_at = created_at" +
                    span + "; UPDATE cs.standing_approval SET until = until" + span);
    const bool looked = minutes > 60 || !chance->one_in(3);  // the keeper may be late
    if (looked) replica->look_at_the_clock();
    replica->settle();
    model.time_passes(minutes * kMinute, looked);
  }

  void step() {
    using Deed = void (ApprovalCampaign::*)();
    using C = ApprovalCampaign;
    static constexpr std::array<Deed, 26> deeds{&C::vote,
                                                &C::vote,
                                                &C::vote,
                                                &C::vote,
                                                &C::vote,
                                                &C::vote,
                                                &C::vote,
                                                &C::vote,
                                                &C::vote,
                                                &C::ask,
                                                &C::fire,
                                                &C::fire,
                                                &C::ask_for_standing,
                                                &C::wait,
                                                &C::wait,
                                                &C::wait,
                                                &C::edit,
                                                &C::halt_or_resume,
                                                &C::halt_or_resume,
                                                &C::restart,
                                                &C::hire,
                                                &C::hire,
                                                &C::cancel,
                                                &C::break_glass,
                                                &C::new_law,
                                                &C::upgrade};
    if (chance->one_in(20)) revoke();
    if (!model.standings.empty() && chance->one_in(3)) fire();
    (this->*chance->of(deeds))();
    compare();
  }
  void new_law() { rule_by(chance->below(laws().size())); }

  void compare() {
    for (const auto& [id, expected] : model.runs) {
      const auto now = run({id});
      const std::string name = "R" + std::to_string(id);
      EXPECT_EQ(core::name(now.state), expected.state) << name;
      EXPECT_EQ(now.plan_no, expected.plan_no) << name;
      seen.insert(expected.state);
      if (!expected.question) continue;
      std::string agreed;
      for (const auto& who : expected.question->agreed) agreed += (agreed.empty() ? "" : " ") + who;
      EXPECT_EQ(
          database.value("SELECT coalesce(state || ': ' || (SELECT string_agg(p, ' ' ORDER BY "
                         "p COLLATE \"C\") FROM unnest(approvers) p), state || ': ') FROM "
                         "cs.approval WHERE approval_id = " +
                         now.approval.text()),
          expected.question->state + ": " + agreed)
          << name;
      EXPECT_LE(now.starts, now.granted) << name << " (I5)";
    }
    EXPECT_EQ(runner.effects() - effects_before, model.effects);
    for (const auto& standing : model.standings) {
      if (standing.used > 0) seen.insert("a standing approval in use");
    }
  }
  void everything_holds() {
    const auto report = store::check_invariants(deps.db);
    EXPECT_EQ(report.stopped, "");
    for (const auto& check : report.checks)
      EXPECT_EQ(check.violations, 0)
          << check.name << ": " << (check.examples.empty() ? "" : check.examples.front());
  }

  std::int64_t number(const std::string& sql) { return std::stoll("0" + database.value(sql)); }
  std::int64_t latest() { return number("SELECT max(run_id) FROM cs.run"); }
  std::string a_host() { return (chance->one_in(4) ? "db-" : "web-") + std::to_string(++hosts_); }
  // Mostly one that waits for people.
  std::int64_t one_of_them() {
    std::vector<std::int64_t> all, waiting;
    for (const auto& [id, one] : model.runs) {
      all.push_back(id);
      if (one.state == "awaiting_approval") waiting.push_back(id);
    }
    if (!waiting.empty() && !chance->one_in(5)) return chance->of(waiting);
    return all.empty() ? 0 : chance->of(all);
  }
  // Somebody, or often whoever asked.
  std::string somebody(std::int64_t id) {
    const auto& requester = model.runs.at(id).requester;
    if (requester.starts_with("mm:") && chance->one_in(4)) return requester.substr(3);
    return chance->of(kPeople);
  }

  std::unique_ptr<support::Chance> chance;
  CampaignModel model;
  std::unique_ptr<Replica> replica;
  std::vector<std::string> steps;
  support::Names seen;
  std::int64_t standings_before = 0;
  int effects_before = 0;

 private:
  SharedJournal journal_;
  int acts_ = 0;
  int hosts_ = 0;
  int versions_ = 0;
};

TEST_F(ApprovalCampaign, the_engine_agrees_with_the_model_I5_I8_I9_I10_I11_T31_T33_T35_T36) {
  const auto seed = support::printed_seed();
  const auto sequences = support::number_from("COUNTERSIGN_SEQUENCES", kSequences);
  for (std::uint64_t i = 0; i < sequences && !HasFailure(); ++i) {
    begin(seed + i);
    if (chance->one_in(4)) ask_for_standing();
    if (chance->one_in(3)) halt_or_resume();  // what is approved waits, and may change meanwhile
    ask();
    for (auto left = 4 + chance->below(12); left > 0 && !HasFailure(); --left) step();
    if (model.halted && !HasFailure()) halt_or_resume();
    if (!HasFailure()) later(300);
    compare();
    everything_holds();
    if (!HasFailure()) continue;
    std::string story = support::replay(seed + i);
    for (const auto& one : steps) story += "\n  " + one;
    ADD_FAILURE() << story;
  }
  if (sequences < 1000 || HasFailure()) return;
  for (const char* what : {"awaiting_approval", "ready", "succeeded", "denied", "expired",
                           "cancelled", "held", "a standing approval in use"})
    EXPECT_TRUE(seen.contains(what)) << what << " never happened: the lives are too dull";
}

}  // namespace
}  // namespace countersign::engine
