#include "bot/core/electorate.h"

#include <algorithm>
#include <set>

namespace countersign::core {
namespace {

bool among(const std::string& one, const std::vector<std::string>& all) {
  return std::ranges::find(all, one) != all.end();
}

// Places and people, and who may take which: as many places filled as can be (augmenting paths).
class Seating {
 public:
  explicit Seating(std::vector<std::vector<std::size_t>> takers)  // by place: who may take it
      : takers_(std::move(takers)) {}

  // By place: whether somebody sits there.
  std::vector<bool> fill(std::size_t people) {
    place_of_.assign(people, kNone);
    std::vector<bool> filled(takers_.size());
    for (std::size_t place = 0; place < takers_.size(); ++place) {
      std::vector<bool> asked(people);
      filled[place] = seat(place, asked);
    }
    return filled;
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  bool seat(std::size_t place, std::vector<bool>& asked) {
    for (const std::size_t person : takers_[place]) {
      if (asked[person]) continue;
      asked[person] = true;
      if (place_of_[person] != kNone && !seat(place_of_[person], asked)) continue;
      place_of_[person] = place;
      return true;
    }
    return false;
  }

  std::vector<std::vector<std::size_t>> takers_;
  std::vector<std::size_t> place_of_;
};

}  // namespace

std::vector<Person> Electorate::persons() const {
  std::vector<Person> out;
  for (const Elector& elector : people) out.push_back(elector.person);
  return out;
}

const Elector* Electorate::find(const std::string& person) const {
  const auto found = std::ranges::find_if(
      people, [&](const Elector& elector) { return elector.person.key == person; });
  return found == people.end() ? nullptr : &*found;
}

bool Electorate::holds(const std::string& person, const std::vector<std::string>& roles,
                       Instant at) const {
  const Elector* elector = find(person);
  return elector && std::ranges::any_of(elector->seats, [&](const Seat& seat) {
           return among(seat.role, roles) && seat.from <= at && at < seat.until;
         });
}

bool Count::fills(const std::string& person, const Group& group, const Clause& clause,
                  const std::vector<std::string>& agreed) const {
  const Elector* elector = electorate.find(person);
  if (!elector || among(person, excluded)) return false;
  const bool escalated = clause.escalation && waited >= clause.escalation->after;
  return std::ranges::any_of(elector->seats, [&](const Seat& seat) {
    const bool counts =
        among(seat.role, group.roles) || (escalated && among(seat.role, clause.escalation->roles));
    const bool taken =
        !seat.holder.empty() && (among(seat.holder, excluded) || among(seat.holder, agreed));
    return counts && !taken && seat.from <= now && now < seat.until;
  });
}

bool Count::may(const std::string& person) const {
  return std::ranges::any_of(demand.clauses, [&](const Clause& clause) {
    return std::ranges::any_of(
        clause.groups, [&](const Group& group) { return fills(person, group, clause, {}); });
  });
}

bool Count::teams_apart(const std::vector<std::string>& people) const {
  std::set<std::string> seen;
  return std::ranges::all_of(people, [&](const std::string& person) {
    const auto team = electorate.teams.find(person);
    return team != electorate.teams.end() && seen.insert(team->second).second;
  });
}

std::vector<Gap> Count::gaps(const std::vector<std::string>& agreed) const {
  std::vector<Gap> out;
  for (const Clause& clause : demand.clauses) {
    std::vector<std::vector<std::size_t>> takers;
    for (const Group& group : clause.groups) {
      std::vector<std::size_t> can;
      for (std::size_t i = 0; i < agreed.size(); ++i) {
        if (fills(agreed[i], group, clause, agreed)) can.push_back(i);
      }
      takers.insert(takers.end(), static_cast<std::size_t>(group.count), can);
    }
    const auto filled = Seating(takers).fill(agreed.size());
    std::size_t place = 0;
    for (const Group& group : clause.groups) {
      int missing = 0;
      for (int i = 0; i < group.count; ++i) missing += filled[place++] ? 0 : 1;
      if (missing > 0) out.push_back({clause.source, {group.roles, missing}});
    }
  }
  return out;
}

}  // namespace countersign::core
