#include "bot/engine/directory.h"

#include <algorithm>
#include <utility>

namespace countersign::engine {
namespace {

constexpr std::chrono::seconds kGroupKept{20};
constexpr char kLinked[] = "person:";

// "mm:alice" -> {"mm", "alice"}
std::pair<std::string, std::string> parts_of(const std::string& member) {
  const auto colon = member.find(':');
  if (colon == std::string::npos) return {member, ""};
  return {member.substr(0, colon), member.substr(colon + 1)};
}

}  // namespace

Directory::Directory(const Current& current, Lookups lookups)
    : current_(current), lookups_(std::move(lookups)) {}

Result<core::Person> Directory::resolve(const std::string& member) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = known_.find(member); found != known_.end()) return found->second;
  }
  const auto [chat, name] = parts_of(member);
  const auto person = lookups_.person(chat, name);
  if (!person) return person.error();
  const std::scoped_lock lock(mutex_);
  return known_.emplace(member, *person).first->second;
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

std::vector<core::Person> Directory::members_of(const std::string& group) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::scoped_lock lock(mutex_);
    const auto found = groups_.find(group);
    if (found != groups_.end() && now - found->second.asked < kGroupKept)
      return found->second.people;
  }
  const auto [chat, name] = parts_of(group);
  const auto people = lookups_.group(chat, name);
  if (!people) return {};
  const std::scoped_lock lock(mutex_);
  groups_[group] = {*people, now};
  return *people;
}

std::vector<core::Person> Directory::holders(const std::vector<std::string>& roles) {
  const auto snapshot = current_.get();
  std::vector<core::Person> out;
  const auto add = [&](const core::Person& account) {
    const auto person = identify(account);
    if (person && std::ranges::find(out, person->key, &core::Person::key) == out.end())
      out.push_back(*person);
  };
  for (const std::string& name : roles) {
    const auto role = snapshot->settings.roles.find(name);
    if (role == snapshot->settings.roles.end()) continue;
    for (const std::string& member : role->second.members) {
      if (const auto person = resolve(member)) add(*person);
    }
    for (const std::string& group : role->second.groups) {
      for (const core::Person& person : members_of(group)) add(person);
    }
  }
  return out;
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
