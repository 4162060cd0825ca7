// The runners there are, by the kind that an action's metadata names.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "bot/core/ports/runner.h"

namespace countersign::actions {

// Filled once by the composition root, then only read, from any thread.
class Runners {
 public:
  void add(std::unique_ptr<core::Runner> runner);
  core::Runner* find(std::string_view kind) const;  // nullptr: no such kind
  // Whether this action could run here: its runner exists and accepts it. The Error names the kinds
  // there are.
  Result<void> check(const core::Action& action) const;

 private:
  std::map<std::string, std::unique_ptr<core::Runner>, std::less<>> runners_;
};

}  // namespace countersign::actions
