#include "bot/store/program.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sql/migrations.h"  // generated

namespace countersign::store {
namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void become_next(Program& program, const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto& file = entry.path();
    if (file.filename() == "version") {
      program.version = content(file);
      program.version.erase(program.version.find_last_not_of('\n') + 1);
    } else if (file.extension() == ".sql") {
      program.migrations.push_back(
          known_migration(std::atoi(file.filename().c_str()), file.stem().string(), content(file)));
    }
  }
  std::ranges::sort(program.migrations, {}, &KnownMigration::version);
}

Program make() {
  Program program{COUNTERSIGN_VERSION, {}};
  for (const Migration& m : kMigrations)
    program.migrations.push_back(
        known_migration(m.version, std::string(m.name), std::string(m.sql)));
  if (const char* const folder = std::getenv("COUNTERSIGN_NEXT")) become_next(program, folder);
  return program;
}

}  // namespace

KnownMigration known_migration(int version, std::string name, std::string sql) {
  const bool additive = sql.starts_with("-- Additive.");
  return {version, std::move(name), std::move(sql), additive};
}

const Program& this_program() {
  static const Program program = make();
  return program;
}

}  // namespace countersign::store
