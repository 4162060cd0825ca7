#include "bot/engine/directory.h"

#include <algorithm>
#include <utility>

namespace countersign::engine {
namespace {

constexpr std::chrono::seconds kGroupKept{20};
constexpr char kLinked[] = "person:";

core::Seat own(const std::string& role) {
  core::Seat seat;
  seat.role = role;
  return seat;
}

// "mm:alice" -> {"mm", "alice"}
std::pair<std::string, std::string> parts_of(const std::string& member) {
  const auto colon = member.find(':');
  if (colon == std::string::npos) return {member, ""};
  return {member.substr(0, colon), member.substr(colon + 1)};
}

}  // namespace

Directory::Directory(const Current& current, Lookups lookups)
    : current_(current), lookups_(std::move(lookups)) {}

// By its id once it is known (T32). Whom a chat that answers does not know any more is nobody
// (T35); one that does not answer cannot take away what the configuration says.
Result<core::Person> Directory::resolve(const std::string& member, Groups groups) {
  std::optional<core::Person> before;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = known_.find(member); found != known_.end()) before = found->second;
  }
  if (before && groups == Groups::kept) return *before;
  const auto [chat, name] = parts_of(before ? before->key : member);
  const auto person = lookups_.person(chat, name);
  if (!person && before && person.error().kind != ErrorKind::not_found) return *before;
  const std::scoped_lock lock(mutex_);
  if (person) return known_[member] = *person;
  known_.erase(member);
  return person.error();
}

Result<core::Person> Directory::identify(const core::Person& account) {
  if (account.key.empty() || account.key.starts_with(kLinked)) return account;
  const auto snapshot = current_.get();
  const std::string chat = parts_of(account.key).first;
  for (const auto& [name, accounts] : snapshot->settings.people) {
    for (const std::string& linked : accounts) {
      if (parts_of(linked).first != chat) continue;
      const auto person = resolve(linked);
      if (!person && person.error().kind != ErrorKind::not_found) {
        return unavailable("I cannot tell right now whether this is " + name + " (" + linked +
                           "): " + person.error().message);
      }
      if (person && person->key == account.key) return core::Person{kLinked + name, name};
    }
  }
  return account;
}

Result<core::Approval> Directory::identify(core::Approval approval) {
  const auto rename = [this](std::string& key) -> Result<void> {
    const auto person = identify(core::Person{key, ""});
    if (!person) return person.error();
    key = person->key;
    return {};
  };
  if (const auto done = rename(approval.requester); !done) return done.error();
  for (auto* keys : {&approval.editors, &approval.approvers}) {
    for (std::string& key : *keys) {
      if (const auto done = rename(key); !done) return done.error();
    }
  }
  std::vector<std::string> once;
  for (std::string& key : approval.approvers) {
    if (std::ranges::find(once, key) == once.end()) once.push_back(std::move(key));
  }
  approval.approvers = std::move(once);
  return approval;
}

Result<std::vector<core::Person>> Directory::members_of(const std::string& group, Groups groups) {
  const auto now = std::chrono::steady_clock::now();
  if (groups == Groups::kept) {
    const std::scoped_lock lock(mutex_);
    const auto found = groups_.find(group);
    if (found != groups_.end() && now - found->second.asked < kGroupKept)
      return found->second.people;
  }
  const auto [chat, name] = parts_of(group);
  const auto people = lookups_.group(chat, name);
  if (!people) return people.error();
  const std::scoped_lock lock(mutex_);
  groups_[group] = {*people, now};
  return *people;
}

// Puts an electorate together, one member after the other.
class Directory::Gathering {
 public:
  Gathering(Directory& directory, const config::Settings& settings)
      : directory_(directory), settings_(settings) {}

  void role(const std::string& name, Groups groups) {
    const auto role = settings_.roles.find(name);
    if (role == settings_.roles.end()) return;
    for (const std::string& member : role->second.members) {
      if (const auto person = known(member, groups)) seat(*person, own(name));
    }
    for (const std::string& group : role->second.groups) {
      const auto people = directory_.members_of(group, groups);
      if (!people) silent(group, people.error());
      for (const core::Person& account : people ? *people : std::vector<core::Person>{}) {
        if (const auto person = identified(account)) seat(*person, own(name));
      }
    }
  }

  // Whoever stands in for somebody has that one's own seats for the time; it is looked at once more
  // by the database's clock when a vote is counted.
  void stand_ins() {
    const auto now = std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
    for (const config::StandIn& instead : settings_.stand_ins) {
      if (now < instead.from || now >= instead.until) continue;
      const auto holder = known(instead.holder);
      const auto* elector = holder ? out_.find(holder->key) : nullptr;
      if (!elector) continue;
      const auto deputy = known(instead.deputy);
      if (!deputy) continue;
      const auto seats = elector->seats;
      for (const core::Seat& one : seats) {
        if (one.holder.empty()) seat(*deputy, {one.role, holder->key, instead.from, instead.until});
      }
    }
  }

  void teams() {
    for (const auto& [team, members] : settings_.teams) {
      for (const std::string& member : members) {
        if (const auto person = known(member)) out_.teams[person->key] = team;
      }
    }
  }

  core::Electorate take() { return std::move(out_); }

 private:
  std::optional<core::Person> known(const std::string& member, Groups groups = Groups::kept) {
    const auto account = directory_.resolve(member, groups);
    if (account) return identified(*account);
    silent(member, account.error());
    return std::nullopt;
  }
  std::optional<core::Person> identified(const core::Person& account) {
    const auto person = directory_.identify(account);
    if (person) return *person;
    silent(account.name, person.error());
    return std::nullopt;
  }
  // A name that a chat does not know is nobody; a chat that does not answer is another matter.
  void silent(const std::string& whom, const Error& error) {
    if (error.kind == ErrorKind::unavailable && out_.silent.empty())
      out_.silent = whom + ": " + error.message;
  }
  void seat(const core::Person& person, const core::Seat& seat) {
    const auto found = std::ranges::find_if(out_.people, [&](const core::Elector& elector) {
      return elector.person.key == person.key;
    });
    auto& seats = found == out_.people.end()
                      ? out_.people.emplace_back(core::Elector{person, {}}).seats
                      : found->seats;
    if (std::ranges::find(seats, seat) == seats.end()) seats.push_back(seat);
  }

  Directory& directory_;
  const config::Settings& settings_;
  core::Electorate out_;
};

core::Electorate Directory::electorate(const std::vector<std::string>& roles, Groups groups) {
  const auto snapshot = current_.get();
  Gathering gathering(*this, snapshot->settings);
  for (const std::string& role : roles) gathering.role(role, groups);
  if (!roles.empty()) {
    gathering.stand_ins();
    gathering.teams();
  }
  return gathering.take();
}

std::optional<core::Person> Directory::account_in(const std::string& chat,
                                                  const std::string& person) const {
  if (!person.starts_with(kLinked)) return std::nullopt;
  const auto snapshot = current_.get();
  const auto linked = snapshot->settings.people.find(person.substr(sizeof kLinked - 1));
  if (linked == snapshot->settings.people.end()) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  for (const std::string& account : linked->second) {
    const auto known = known_.find(account);
    if (parts_of(account).first == chat && known != known_.end()) return known->second;
  }
  return std::nullopt;
}

void Directory::forget() {
  const std::scoped_lock lock(mutex_);
  known_.clear();
  groups_.clear();
}

}  // namespace countersign::engine
