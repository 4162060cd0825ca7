// Who is who, and who holds which role: the configuration's members, groups and linked people,
// resolved to the platforms' user ids. Names are looked up once and then compared by id only (T32);
// the members of groups are asked for again after a short while (T35). Thread-safe; look-ups may
// block on a chat, so never call it inside a transaction.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/approval.h"
#include "bot/core/electorate.h"
#include "bot/core/event.h"
#include "bot/core/result.h"
#include "bot/engine/snapshot.h"

namespace countersign::engine {

class Directory {
 public:
  struct Lookups {
    // (chat, name as configured) -> person
    std::function<Result<core::Person>(const std::string& chat, const std::string& name)> person;
    std::function<Result<std::vector<core::Person>>(const std::string& chat,
                                                    const std::string& group)>
        group;
  };
  Directory(const Current& current, Lookups lookups);

  // The person behind an account: "person:<name>" where the configuration links accounts, the
  // account itself otherwise. An Error when that cannot be told now, because the chat that knows
  // one of the linked accounts does not answer.
  Result<core::Person> identify(const core::Person& account);
  // The approval with everybody in it named as identify() names them: a link made since must not
  // let one person count twice.
  Result<core::Approval> identify(core::Approval approval);

  // Everyone who holds one of the roles, as identify() names them, with stand-ins and teams. A
  // member or group whose chat does not answer is absent, and the electorate says so. `anew` asks
  // for groups however lately they were asked for, and whether members are still there.
  enum class Groups { kept, anew };
  core::Electorate electorate(const std::vector<std::string>& roles, Groups groups = Groups::kept);
  std::vector<core::Person> holders(const std::vector<std::string>& roles) {
    return electorate(roles).persons();
  }
  // The account by which this chat knows a person, as far as it was looked up; never blocks.
  std::optional<core::Person> account_in(const std::string& chat, const std::string& person) const;
  void forget();  // after a reload

 private:
  struct Group {
    std::vector<core::Person> people;
    std::chrono::steady_clock::time_point asked;
  };
  class Gathering;
  Result<core::Person> resolve(const std::string& member, Groups groups = Groups::kept);
  Result<std::vector<core::Person>> members_of(const std::string& group, Groups groups);

  const Current& current_;
  const Lookups lookups_;
  mutable std::mutex mutex_;
  std::map<std::string, core::Person> known_;  // guarded by mutex_; by configured member
  std::map<std::string, Group> groups_;        // guarded by mutex_; by configured group
};

}  // namespace countersign::engine
