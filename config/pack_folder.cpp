#include "config/pack_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace countersign::config {
namespace {

namespace fs = std::filesystem;

bool beneath(const fs::path& folder, const fs::path& path) {
  std::error_code failure;
  const fs::path root = fs::canonical(folder, failure);
  const fs::path real = failure ? fs::path() : fs::canonical(path, failure);
  if (failure) return false;
  const auto [end, unused] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
  return end == root.end();
}

std::vector<fs::path> visible(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code failure;
  for (auto entry = fs::directory_iterator(folder, failure); entry != fs::directory_iterator();
       entry.increment(failure)) {
    if (!entry->path().filename().string().starts_with('.')) out.push_back(entry->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Problem error(const fs::path& place, std::string message) {
  return {Problem::Severity::error, place.string(), 0, {}, std::move(message)};
}

bool is_folder(const fs::path& path) {
  std::error_code failure;
  return fs::is_directory(path, failure);
}

bool present(const fs::path& path) {
  std::error_code failure;
  return fs::exists(path, failure);
}

}  // namespace

std::vector<std::string> find_packs(const std::string& root, Problems& problems) {
  if (present(fs::path(root) / "pack.yaml")) return {root};
  std::vector<std::string> out;
  for (const fs::path& folder : visible(root)) {
    if (!is_folder(folder)) continue;
    if (!beneath(root, folder)) {
      problems.push_back(error(folder, "a link that leads out of " + root));
    } else if (!present(folder / "pack.yaml")) {
      problems.push_back(error(folder, "there is no pack.yaml"));
    } else {
      out.push_back(folder.string());
    }
  }
  return out;
}

std::vector<std::string> yaml_files(const std::string& pack, const std::string& sub_folder,
                                    Problems& problems) {
  std::vector<std::string> out;
  for (const fs::path& file : visible(fs::path(pack) / sub_folder)) {
    if (file.extension() != ".yaml" && file.extension() != ".yml") continue;
    if (beneath(pack, file)) {
      out.push_back(file.string());
    } else {
      problems.push_back(error(file, "a link that leads nowhere or out of the pack"));
    }
  }
  return out;
}

Result<std::string> find_entry_point(const std::string& pack, const std::string& name) {
  const fs::path relative(name);
  const fs::path actions = fs::path(pack) / "actions";
  if (relative.is_absolute() ||
      std::find(relative.begin(), relative.end(), "..") != relative.end() ||
      name.find('\0') != std::string::npos) {
    return invalid("must be a path below the pack's actions/ folder, without '..'");
  }
  if (!present(actions / relative))
    return invalid(fmt::format("there is no file actions/{}", name));
  if (!beneath(pack, actions) || !beneath(actions, actions / relative)) {
    return invalid("a link that leads out of the pack's actions/ folder");
  }
  std::error_code failure;
  const fs::path real = fs::canonical(actions / relative, failure);
  if (failure || !fs::is_regular_file(real, failure))
    return invalid(fmt::format("actions/{} is no file", name));
  if (::access(real.c_str(), X_OK) != 0) {
    return invalid(fmt::format("actions/{} is not executable (chmod +x)", name));
  }
  return real.string();
}

void warn_of_unsupported(const std::string& pack, Problems& problems) {
  for (const char* part : {"aliases", "sensors", "triggers", "workflows"}) {
    const fs::path folder = fs::path(pack) / part;
    if (visible(folder).empty()) continue;
    problems.push_back({Problem::Severity::warning,
                        folder.string(),
                        0,
                        {},
                        fmt::format("{} are not supported yet, ignored", part)});
  }
}

}  // namespace countersign::config
