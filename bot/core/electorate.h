// Who counts in a decision, and how far those who agreed fill what is demanded.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bot/core/demand.h"
#include "bot/core/event.h"

namespace countersign::core {

// A role in somebody's hands: one's own, or for a while in place of its holder.
struct Seat {
  std::string role;
  std::string holder;  // person key of whom one stands in for; empty: one's own
  Instant from = Instant::min();
  Instant until = Instant::max();
  bool operator==(const Seat&) const = default;
};

struct Elector {
  Person person;
  std::vector<Seat> seats;
};

struct Electorate {
  std::vector<Elector> people;
  std::string silent;  // whose directory did not answer, and why; empty: everybody was asked
  std::map<std::string, std::string> teams;  // person key -> team

  std::vector<Person> persons() const;
  const Elector* find(const std::string& person) const;
  // One of these roles is in this person's hands at that moment.
  bool holds(const std::string& person, const std::vector<std::string>& roles, Instant at) const;
};

// What of a demand is still open.
struct Gap {
  std::string source;  // the clause's
  Group group;         // with the number of people still missing
};

// Judges at one moment; everything it looks at is given.
struct Count {
  const Demand& demand;
  const Electorate& electorate;
  std::vector<std::string> excluded;  // person keys whose own roles do not count, four-eyes
  Duration waited{};                  // since it was asked: whom an escalation adds
  Instant now{};

  // Whether this person's consent can count for anything, whoever else gave it.
  bool may(const std::string& person) const;
  // What is missing after these agreed. Nobody fills two places of one clause, and whoever stands
  // in for somebody who agreed as well fills none.
  std::vector<Gap> gaps(const std::vector<std::string>& agreed) const;
  // Whether everybody is of a team, and no two of one.
  bool teams_apart(const std::vector<std::string>& people) const;

 private:
  bool fills(const std::string& person, const Group& group, const Clause& clause,
             const std::vector<std::string>& agreed) const;
};

}  // namespace countersign::core
