#include "bot/engine/directory.h"

#include <algorithm>

namespace countersign::engine {

Directory::Directory(const Current& current, Lookup lookup)
    : current_(current), lookup_(std::move(lookup)) {}

std::optional<core::Person> Directory::resolve(const std::string& member) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = known_.find(member); found != known_.end()) return found->second;
  }
  const auto colon = member.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto person = lookup_(member.substr(0, colon), member.substr(colon + 1));
  if (!person) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  return known_.emplace(member, *person).first->second;
}

std::vector<core::Person> Directory::holders(const std::vector<std::string>& roles) {
  const auto snapshot = current_.get();
  std::vector<core::Person> out;
  for (const std::string& name : roles) {
    const auto role = snapshot->settings.roles.find(name);
    if (role == snapshot->settings.roles.end()) continue;
    for (const std::string& member : role->second.members) {
      const auto person = resolve(member);
      if (person && std::ranges::none_of(out, [&](const auto& p) { return p.key == person->key; }))
        out.push_back(*person);
    }
  }
  return out;
}

bool Directory::holds(const std::string& person, const std::vector<std::string>& roles) {
  return std::ranges::any_of(holders(roles), [&](const auto& p) { return p.key == person; });
}

void Directory::forget() {
  const std::scoped_lock lock(mutex_);
  known_.clear();
}

}  // namespace countersign::engine
