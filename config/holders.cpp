#include "config/holders.h"

#include <algorithm>

namespace countersign::config {

std::string person_behind(const std::string& account, const Settings& settings) {
  for (const auto& [name, accounts] : settings.people) {
    if (std::ranges::find(accounts, account) != accounts.end()) return name;
  }
  return account;
}

std::optional<std::set<std::string>> holders(const std::vector<std::string>& roles,
                                             const Settings& settings) {
  std::set<std::string> people;
  for (const std::string& name : roles) {
    const auto role = settings.roles.find(name);
    if (role == settings.roles.end() || !role->second.groups.empty()) return std::nullopt;
    for (const std::string& member : role->second.members)
      people.insert(person_behind(member, settings));
  }
  return people;
}

}  // namespace countersign::config
