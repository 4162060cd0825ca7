#include "bot/engine/who_can.h"

#include <algorithm>

#include "bot/engine/narrate.h"

namespace countersign::engine {
namespace {

using core::Line;

constexpr std::size_t kNamed = 8;  // of one group; a phone shows no more

// The seat by which somebody is of a group now; one's own before one that is somebody else's.
const core::Seat* seat_in(const core::Elector& elector, const std::vector<std::string>& roles,
                          core::Instant now) {
  const core::Seat* found = nullptr;
  for (const core::Seat& seat : elector.seats) {
    const bool counts =
        std::ranges::find(roles, seat.role) != roles.end() && seat.from <= now && now < seat.until;
    if (counts && (!found || seat.holder.empty())) found = &seat;
  }
  return found;
}

void add_people(Line& line, const core::Electorate& electorate,
                const std::vector<std::string>& roles, core::Instant now) {
  std::size_t people = 0;
  for (const core::Elector& elector : electorate.people) {
    const core::Seat* seat = seat_in(elector, roles, now);
    if (!seat || ++people > kNamed) continue;
    line.push_back(core::plain(people == 1 ? ": " : ", "));
    line.push_back(core::person(elector.person.key, elector.person.name));
    const auto* holder = seat->holder.empty() ? nullptr : electorate.find(seat->holder);
    if (holder) line.push_back(core::plain(" for " + holder->person.name));
  }
  if (people == 0) line.push_back(core::plain(": nobody"));
  if (people > kNamed)
    line.push_back(core::plain(" and " + std::to_string(people - kNamed) + " more"));
}

void add_clause(std::vector<Line>& lines, const core::Clause& clause,
                const core::Electorate& electorate, core::Instant now) {
  for (const core::Group& group : clause.groups) {
    Line line{core::bold(core::words(group))};
    add_people(line, electorate, group.roles, now);
    line.push_back(core::plain(" (" + clause.source + ")"));
    lines.push_back(std::move(line));
  }
  if (!clause.escalation || clause.escalation->roles.empty()) return;
  Line later{core::plain("after " + core::format_duration(clause.escalation->after) + " also " +
                         join(clause.escalation->roles, ", "))};
  add_people(later, electorate, clause.escalation->roles, now);
  lines.push_back(std::move(later));
}

std::string conditions(const core::Demand& demand) {
  std::vector<std::string> out;
  if (demand.four_eyes) out.emplace_back("not whoever asks for it");
  if (demand.separate_teams) out.emplace_back("each of another team");
  if (demand.step_up) out.emplace_back("with a one-time code");
  if (demand.cooldown > core::Duration::zero())
    out.push_back("starts " + core::format_duration(demand.cooldown) + " later");
  out.push_back("expires after " + core::format_duration(demand.expires_in));
  return join(out, ", ");
}

std::string about_you(const core::Demand& demand, const core::Electorate& electorate,
                      const std::string& you, core::Instant now) {
  const auto count = [&](core::Duration waited, std::vector<std::string> excluded) {
    return core::Count{demand, electorate, std::move(excluded), waited, now}.may(you);
  };
  const bool without_team = demand.separate_teams && !electorate.teams.contains(you);
  if (!count(core::Duration::max(), {})) return "You do not count.";
  if (without_team) return "You do not count: you are of no team.";
  const std::string from = count({}, {}) ? "You count" : "You count later, once it is escalated";
  return from + (demand.four_eyes ? ", unless you ask for it yourself." : ".");
}

}  // namespace

core::Message who_can_message(const Snapshot& now, const Outlook& outlook,
                              const core::Electorate& electorate, const core::Person& who,
                              core::Instant at) {
  const core::Demand& demand = outlook.why.demand;
  const std::string tier(core::name(outlook.tier));
  core::Message m = note(core::Tone::neutral, "");
  m.title = {
      core::code(outlook.action.ref),
      core::plain(" (" + tier + ") " +
                  (!demand.asks() ? "needs nobody's approval"
                   : demand.people() == 1
                       ? "needs one person's approval"
                       : "needs the approval of " + std::to_string(demand.people()) + " people"))};
  m.fallback = core::as_text(m);
  if (!demand.asks()) return m;
  for (const core::Clause& clause : demand.clauses) add_clause(m.lines, clause, electorate, at);
  m.lines.push_back({core::plain(conditions(demand))});
  m.lines.push_back({core::plain(about_you(demand, electorate, who.key, at))});
  if (!outlook.unknown_targets.empty())
    m.lines.push_back({core::plain("Name its parameters to hear what its targets ask for: " +
                                   outlook.unknown_targets)});
  if (!electorate.silent.empty())
    m.lines.push_back(
        {core::plain("Somebody may be missing here: " + core::make_visible(electorate.silent, 200) +
                     ". Until that answers, approved plans are held.")});
  if (!now.settings.break_glass.roles.empty())
    m.footer.push_back(
        {core::plain("In an emergency one of " + join(now.settings.break_glass.roles, " or ") +
                     " may start it alone, with a reason.")});
  return m;
}

}  // namespace countersign::engine
