#include "bot/engine/standings.h"

#include <algorithm>

#include "bot/engine/electors.h"
#include "bot/engine/narrate.h"
#include "bot/engine/plan_maker.h"
#include "bot/engine/refs.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"
#include "bot/store/standings.h"
#include "config/own_actions.h"

namespace countersign::engine {
namespace {

std::vector<std::string> words_between_commas(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    std::string word = text.substr(start, end - start);
    std::erase(word, ' ');
    if (!word.empty()) out.push_back(word);
    start = end + 1;
  }
  return out;
}

core::Outcome failed(const std::string& why) {
  return {core::OutcomeClass::failed, 0, "", false, why, {}};
}

std::string scope_words(const core::Standing& standing) {
  return "rule " + standing.rule + " (" + standing.rule_hash.substr(0, 12) + ")\naction " +
         standing.action + " (" + standing.action_hash.substr(0, 12) + ")\non " +
         join(standing.targets, ", ") + "\nat most " + std::to_string(standing.times) +
         (standing.times == 1 ? " time" : " times") + ", until " +
         core::format_instant(standing.until) + "\n";
}

// What people agree to.
std::string shown(const core::Standing& standing) {
  return "Starts without asking:\n" + scope_words(standing);
}

}  // namespace

std::optional<core::Instant> parse_until(const std::string& text, core::Instant now) {
  if (const auto length = core::parse_duration(text))
    return std::chrono::floor<std::chrono::seconds>(now + *length);
  if (text.size() == 5 && text[2] == ':') {
    const auto day = core::format_instant(now).substr(0, 10);
    const auto today = core::parse_instant(day + "T" + text + ":00Z");
    if (!today) return std::nullopt;
    return *today > now ? *today : *today + std::chrono::hours(24);
  }
  return core::parse_instant(text);
}

// As it would be granted at this moment, or why it cannot be.
Result<core::Standing> Standings::wanted(const Json& parameters, core::Instant now) const {
  const auto snapshot = deps_.current.get();
  core::Standing out;
  out.rule = parameters.value("rule", "");
  const core::Rule* rule = snapshot->catalog->rule(out.rule);
  if (!rule) return not_found("there is no rule " + core::make_visible(out.rule, 80));
  const core::Action* action = snapshot->catalog->action(rule->action);
  if (!action) return not_found("the action of rule " + out.rule + " does not exist");
  out.rule_hash = rule->content_hash;
  out.action = action->ref;
  out.action_hash = action->content_hash;
  out.targets = words_between_commas(parameters.value("targets", ""));
  if (out.targets.empty()) return invalid("targets must name at least one host or pattern");
  const auto until = core::parse_instant(parameters.value("until", ""));
  if (!until) return invalid("until must be a moment such as 2026-01-31T18:00:00Z");
  if (*until <= now) return refused("until is over already");
  if (*until > now + kLongest) return refused("until may be at most 30 days ahead");
  out.until = *until;
  out.times = parameters.value("times", 1);
  if (demand_for(*snapshot, wish_behind(*snapshot, parameters)).asks()) return out;
  return refused("runs of rule " + out.rule + " need no approval");
}

core::Outcome Standings::carry_out(const core::RunRequest& request) {
  const Json parameters = request.call.value("with", Json::object());
  const auto now = deps_.db.transact("now", [](store::Tx& tx) { return tx.now(); });
  const auto standing = wanted(parameters, now);
  if (!standing) return failed(standing.error().message);
  if (request.dry) return {core::OutcomeClass::ok, 0, shown(*standing), false, "", {}};
  return grant(request, *standing);
}

core::Outcome Standings::grant(const core::RunRequest& request, const core::Standing& wanted) {
  return deps_.db.transact("grant standing approval", [&](store::Tx& tx) {
    const auto reference = parse_reference(request.run);
    const auto run = reference ? store::lock_run(tx, reference->run) : std::nullopt;
    if (!run || !run->approval) return failed("nobody has approved it");
    if (run->state != core::RunState::executing || run->fence != request.fence)
      return failed("somebody else has it meanwhile");  // I7
    if (!run->plan || run->plan->dry_run_output != shown(wanted))
      return failed("the rule or its action has changed since it was approved");
    core::Standing standing = wanted;
    standing.approval = run->approval;
    const auto id = store::grant_standing(tx, standing);
    if (!id) return core::Outcome{core::OutcomeClass::ok, 0, "granted before", false, "", {}};
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "standing.granted",
                          "standing:" + id->text(),
                          run->correlation,
                          {{"run", run->id.value},
                           {"rule", standing.rule},
                           {"targets", standing.targets},
                           {"until", core::format_instant(standing.until)},
                           {"times", standing.times}},
                          {}});
    return core::Outcome{core::OutcomeClass::ok,
                         0,
                         show(*id) + " is in force:\n" + scope_words(standing),
                         false,
                         "",
                         {}};
  });
}

core::Electorate Standings::electorate_of(core::StandingId id) const {
  const auto grant = deps_.db.transact("standing approval", [&](store::Tx& tx) {
    const auto standing = store::find_standing(tx, id);
    return standing ? store::find_approval(tx, standing->approval) : std::nullopt;
  });
  return grant ? deps_.directory.electorate(roles_of(*deps_.current.get(), *grant))
               : core::Electorate{};
}

Result<void> Standings::revoke(store::Tx& tx, core::StandingId id, const core::Person& who,
                               const std::string& why, const core::Electorate& electorate) const {
  const auto standing = store::lock_standing(tx, id);
  if (!standing) return not_found("There is no standing approval " + show(id));
  if (standing->state != core::StandingState::granted)
    return refused(show(id) + " is " + std::string(core::name(standing->state)) + " already");
  const auto grant = store::find_approval(tx, standing->approval);
  if (!electorate.find(who.key) && !(grant && grant->requester == who.key))
    return refused("Only whoever asked for " + show(id) +
                   " or may approve such runs can revoke it");
  store::revoke_standing(tx, id, who, why);
  const auto run = grant ? store::find_run(tx, grant->run) : std::nullopt;
  store::add_audit(tx, {who.key,
                        "standing.revoked",
                        "standing:" + id.text(),
                        run ? run->correlation : core::CorrelationId{},
                        {{"why", why}, {"name", who.name}, {"used", standing->used}},
                        {}});
  if (run)
    announcer_.say_in_thread(
        tx, *run,
        note(core::Tone::neutral, who.name + " has revoked " + show(id) +
                                      (why.empty() ? "" : ": " + core::make_visible(why, 300)) +
                                      ". It was used " + std::to_string(standing->used) + " of " +
                                      std::to_string(standing->times) + " times."));
  return {};
}

}  // namespace countersign::engine
