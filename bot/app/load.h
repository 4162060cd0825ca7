// Configuration and packs in one go, as every command that needs them loads them.
#pragma once
#include <memory>
#include <string>

#include "bot/engine/snapshot.h"
#include "config/packs.h"

namespace countersign::app {

struct LoadedAll {
  std::shared_ptr<const engine::Snapshot> snapshot;  // null if there are errors
  config::Problems problems;
};
// What is doubtful about the rules is said only where it is asked for (config/lint).
LoadedAll load_all(const std::string& file, const config::Scrutiny& scrutiny = {});

void print_problems(const config::Problems& problems);  // one line each, on stderr
void log_problems(
    const config::Problems& problems);  // after a reload: what was refused, or that it is in force

}  // namespace countersign::app
