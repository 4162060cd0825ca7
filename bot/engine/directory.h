// Who holds which role: the configuration's members, resolved to the platforms' user ids. Names are
// looked up once and then compared by id only (T32). Thread-safe; look-ups may block on a chat, so
// never call it inside a transaction.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/result.h"
#include "bot/engine/snapshot.h"

namespace countersign::engine {

class Directory {
 public:
  // (chat, name as configured) -> person
  using Lookup =
      std::function<Result<core::Person>(const std::string& chat, const std::string& name)>;
  Directory(const Current& current, Lookup lookup);

  // Does this person hold one of the roles, now? A member whose chat does not answer counts as
  // absent.
  bool holds(const std::string& person, const std::vector<std::string>& roles);
  // Everyone who does, for showing; members that cannot be resolved are left out.
  std::vector<core::Person> holders(const std::vector<std::string>& roles);
  void forget();  // after a reload

 private:
  std::optional<core::Person> resolve(const std::string& member);

  const Current& current_;
  const Lookup lookup_;
  std::mutex mutex_;
  std::map<std::string, core::Person> known_;  // guarded by mutex_; by configured member
};

}  // namespace countersign::engine
