// A pack's folder on disk. Nothing outside of it is ever reached through it (T26).
#pragma once
#include <string>
#include <vector>

#include "bot/core/result.h"
#include "config/problem.h"

namespace countersign::config {

// The folders of packs below (or at) a configured folder, sorted. A folder without pack.yaml is a
// Problem.
std::vector<std::string> find_packs(const std::string& root, Problems& problems);

// The .yaml and .yml files directly in a pack's sub-folder, sorted; empty if there is no such
// folder. One that is a link to somewhere outside the pack is a Problem.
std::vector<std::string> yaml_files(const std::string& pack, const std::string& sub_folder,
                                    Problems& problems);

// The real path of a file below the pack's actions/ folder, which it must not leave by '..' or by
// links. Regular and executable.
Result<std::string> find_entry_point(const std::string& pack, const std::string& name);

// Parts of a StackStorm pack that have no effect yet: one warning each.
void warn_of_unsupported(const std::string& pack, Problems& problems);

}  // namespace countersign::config
