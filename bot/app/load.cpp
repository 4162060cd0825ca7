#include "bot/app/load.h"

#include <iostream>

#include "bot/obs/log.h"

namespace countersign::app {

LoadedAll load_all(const std::string& file, const config::Scrutiny& scrutiny) {
  auto settings = config::load_settings(file);
  LoadedAll out{nullptr, settings.problems};
  auto catalog = config::load_catalog(settings.settings, scrutiny);
  out.problems.insert(out.problems.end(), catalog.problems.begin(), catalog.problems.end());
  if (config::has_errors(out.problems)) return out;
  out.snapshot = std::make_shared<engine::Snapshot>(
      engine::Snapshot{std::move(settings.settings), catalog.catalog});
  out.snapshot->rules();  // before anybody waits for them
  return out;
}

void print_problems(const config::Problems& problems) {
  for (const auto& p : problems) {
    std::cerr << (p.severity == config::Problem::Severity::error ? "error: " : "warning: ")
              << p.text() << "\n";
  }
}

void log_problems(const config::Problems& problems) {
  for (const auto& p : problems) {
    if (p.severity == config::Problem::Severity::error) {
      obs::error("configuration refused", {{"problem", p.text()}});
    } else {
      obs::warning("configuration", {{"problem", p.text()}});
    }
  }
  if (config::has_errors(problems)) {
    obs::error("reload refused, the last good configuration stays in force");
  } else {
    obs::info("configuration and rules reloaded");
  }
}

}  // namespace countersign::app
