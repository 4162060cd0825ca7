// The world as one JSON text, to be written to disk and read back. Pure.
#pragma once
#include <string>

#include "adapters/sandbox/world.h"
#include "bot/core/result.h"

namespace countersign::adapters::sandbox {

std::string to_snapshot(const World& world);
// Fills an empty world. An Error leaves it in parts: do not use it then.
Result<void> from_snapshot(World& world, const std::string& text);

Result<void> write_file(const std::string& path, const std::string& text);  // whole or not at all
Result<std::string> read_file(const std::string& path);  // "" when there is no such file

}  // namespace countersign::adapters::sandbox
