#include "bot/engine/narrate_approval.h"

#include <algorithm>
#include <array>

#include "bot/engine/refs.h"

namespace countersign::engine {
namespace {

using core::Line;

void append(Line& line, std::string text) {
  if (!text.empty()) line.push_back(core::plain(std::move(text)));
}

void append_people(Line& line, const std::vector<core::Person>& persons) {
  for (std::size_t i = 0; i < persons.size(); ++i) {
    if (i > 0) append(line, ", ");
    line.push_back(core::person(persons[i].key, persons[i].name));
  }
}

std::string name_of(const PlanStory& story, const std::string& key) {
  const auto vote = std::ranges::find(story.votes, key, &store::VoteRow::voter);
  if (vote != story.votes.end() && !vote->voter_name.empty()) return vote->voter_name;
  const auto* elector = story.electorate.find(key);
  return elector ? elector->person.name : key;
}

// Whoever holds one of the roles; a stand-in says for whom.
std::vector<core::Person> people_of(const core::Electorate& electorate,
                                    const std::vector<std::string>& roles) {
  std::vector<core::Person> out;
  for (const core::Elector& elector : electorate.people) {
    for (const core::Seat& seat : elector.seats) {
      if (std::ranges::find(roles, seat.role) == roles.end()) continue;
      auto person = elector.person;
      const auto* holder = seat.holder.empty() ? nullptr : electorate.find(seat.holder);
      if (holder) person.name += " for " + holder->person.name;
      out.push_back(person);
      break;
    }
  }
  return out;
}

void append_group(Line& line, const core::Group& group, const core::Electorate& electorate,
                  bool pending) {
  append(line, std::to_string(group.count) + (group.count == 1 ? " person of " : " people of "));
  line.push_back(core::bold(join(group.roles, ", ")));
  const auto people = people_of(electorate, group.roles);
  if (people.empty() && pending)
    append(line, " (nobody can approve: the role is empty, or its chat does not answer)");
  if (people.empty()) return;
  append(line, " (");
  append_people(line, people);
  append(line, ")");
}

// A demand that another one contains word for word is not said twice.
std::vector<core::Group> distinct_groups(const core::Demand& demand) {
  std::vector<core::Group> out;
  for (const core::Clause& clause : demand.clauses) {
    for (const core::Group& group : clause.groups) {
      if (std::ranges::find(out, group) == out.end()) out.push_back(group);
    }
  }
  return out;
}

std::string conditions(const core::Demand& demand) {
  return std::string(demand.four_eyes ? ", not the requester" : "") +
         (demand.separate_teams ? ", each of another team" : "") +
         (demand.step_up ? ", with a one-time code" : "");
}

std::string gap_words(const std::vector<core::Gap>& gaps) {
  std::vector<std::string> out;
  for (const core::Gap& gap : gaps) {
    const auto text = core::words(gap.group);
    if (std::ranges::find(out, text) == out.end()) out.push_back(text);
  }
  return join(out, " and ");
}

}  // namespace

Line approval_line(const PlanStory& story) {
  const core::Approval& a = *story.approval;
  const bool pending = a.state == core::ApprovalState::pending;
  Line out;
  for (const core::Group& group : distinct_groups(a.demand)) {
    if (!out.empty()) append(out, " and ");
    append_group(out, group, story.electorate, pending);
  }
  append(out, conditions(a.demand));
  if (!pending) return out;
  append(out, "; approved so far: ");
  if (a.approvers.empty()) append(out, "nobody");
  std::vector<core::Person> agreed;
  for (const std::string& key : a.approvers) agreed.push_back({key, name_of(story, key)});
  append_people(out, agreed);
  // Without the people nobody knows whose place is filled.
  const auto gaps = core::count(a, story.electorate, story.now).gaps(a.approvers);
  if (!story.electorate.people.empty() && !gaps.empty())
    append(out, "; still missing: " + gap_words(gaps));
  return out;
}

std::vector<Line> vote_lines(const PlanStory& story) {
  std::vector<Line> out;
  for (const auto& vote : story.votes) {
    if (!vote.counted) continue;
    constexpr std::array words{"Approved by ", "Denied by ", "Approval withdrawn by "};
    Line line{core::plain(words.at(static_cast<std::size_t>(vote.choice))),
              core::person(vote.voter, vote.voter_name), core::plain(" at "), core::time(vote.at)};
    if (vote.via == "cli") append(line, " on the command line");
    if (vote.via == "http") append(line, " over HTTP");
    if (vote.via == "glass") append(line, " alone, breaking the glass");
    if (!vote.reason.empty()) append(line, ": " + core::make_visible(vote.reason, 300));
    out.push_back(std::move(line));
  }
  return out;
}

Line standing_line(const core::Standing& standing) {
  return {core::plain("by standing approval "), core::bold(show(standing.id)),
          core::plain(", used " + std::to_string(standing.used) + " of " +
                      std::to_string(standing.times) + " times, until "),
          core::time(standing.until)};
}

std::string demand_words(const core::Demand& demand) {
  std::vector<std::string> groups;
  for (const core::Group& group : distinct_groups(demand)) groups.push_back(core::words(group));
  return (groups.empty() ? "nobody" : join(groups, " and ")) + conditions(demand);
}

std::string missing_words(const core::Approval& approval) {
  const auto groups = distinct_groups(approval.demand);
  const int missing =
      std::max(0, approval.demand.people() - static_cast<int>(approval.approvers.size()));
  if (groups.size() == 1)
    return std::to_string(missing) + " more of " + join(groups.front().roles, " or ");
  return demand_words(approval.demand) +
         (approval.approvers.empty()
              ? ""
              : ", approved by " + std::to_string(approval.approvers.size()) + " so far");
}

core::Message notice_message(const core::Run& run, const core::Approval& approval,
                             const core::Notice& notice, const core::Electorate& electorate,
                             core::Instant now) {
  const bool escalated = notice.kind == core::Notice::Kind::escalation;
  auto m =
      note(core::Tone::waiting, show(run.id) + (escalated ? " still waits, so others are asked too"
                                                          : " still waits for approval"));
  const auto counting = core::count(approval, electorate, now);
  const auto gaps = counting.gaps(approval.approvers);
  Line line{core::code(run.action)};
  if (run.plan && !run.plan->targets.empty())
    append(line, " on " + core::make_visible(join(run.plan->targets, ", "), 200));
  append(line, gaps.empty() ? "" : " needs " + gap_words(gaps));
  m.lines.push_back(line);
  auto roles = escalated ? approval.demand.clauses.at(notice.clause).escalation->roles
                         : std::vector<std::string>{};
  for (const core::Gap& gap : gaps)
    roles.insert(roles.end(), gap.group.roles.begin(), gap.group.roles.end());
  std::vector<core::Person> asked;
  for (const core::Person& person : people_of(electorate, roles)) {
    const bool done = std::ranges::find(approval.approvers, person.key) != approval.approvers.end();
    if (!done && counting.may(person.key)) asked.push_back(person);
  }
  Line who{
      core::plain(asked.empty() ? "Nobody who could approve it can be found." : "Please look: ")};
  append_people(who, asked);
  m.lines.push_back(who);
  m.fields.push_back({"Expires", {core::time(approval.expires_at)}});
  return m;
}

}  // namespace countersign::engine
