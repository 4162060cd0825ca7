// countersign timers list: when the timers of the rules fire next, without a bot or a database.
#include <fmt/format.h>

#include <array>
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/engine/timers.h"

namespace countersign::app {
namespace {

constexpr int kShown = 3;

struct Flags {
  std::string file;
  bool json = false;
};

// "Sun 2026-03-29 03:30:00", as clocks in the zone show it.
std::string wall_words(core::WallTime wall) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(wall - day);
  return fmt::format("{} {:04}-{:02}-{:02} {:02}:{:02}:{:02}",
                     kDays[std::chrono::weekday(day).c_encoding()], static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::vector<std::string> rules_of(const engine::Snapshot& snapshot,
                                  const core::Schedule& schedule) {
  std::vector<std::string> names;
  for (const auto& rule : snapshot.catalog->rules) {
    if (rule.enabled && rule.trigger == schedule.trigger() &&
        rule.trigger_parameters == schedule.parameters())
      names.push_back(rule.ref());
  }
  return names;
}

Json as_json(const engine::Snapshot& snapshot, const engine::Timer& timer, core::Instant now) {
  Json next = Json::array();
  // An interval counts from when the database first heard of it, which is not looked up here.
  const bool counted = timer.schedule.trigger() != core::kIntervalTimer;
  auto at = std::optional(now);
  for (int i = 0; i < kShown && counted; ++i) {
    at = timer.schedule.next(*at, now, timer.zone);
    if (!at) break;
    next.push_back(
        {{"utc", core::format_instant(*at)}, {"wall", wall_words(timer.zone.wall(*at))}});
  }
  return {{"trigger", timer.schedule.trigger()},
          {"schedule", timer.schedule.parameters()},
          {"rules", rules_of(snapshot, timer.schedule)},
          {"next", next}};
}

void print(const Json& timer) {
  const Json& schedule = timer["schedule"];
  std::cout << timer["trigger"].get<std::string>();
  for (const auto& [key, value] : schedule.items()) {
    if (key != "timezone")
      std::cout << " " << key << "="
                << (value.is_string() ? value.get<std::string>() : value.dump());
  }
  std::cout << " (" << schedule["timezone"].get<std::string>() << ")\n";
  for (const auto& rule : timer["rules"]) std::cout << "  rule " << rule.get<std::string>() << "\n";
  for (const auto& next : timer["next"])
    std::cout << "  " << next["wall"].get<std::string>() << " (" << next["utc"].get<std::string>()
              << ")\n";
  if (!timer["next"].empty()) return;
  std::cout << (timer["trigger"] == core::kIntervalTimer
                    ? "  counted from when a bot first saw it\n"
                    : "  never again\n");
}

int list(const Flags& flags) {
  const auto loaded = load_all(flags.file);
  print_problems(loaded.problems);
  if (!loaded.snapshot) return kUsage;
  const auto now = std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
  Json all = Json::array();
  for (const auto& [key, timer] : engine::timers_of(*loaded.snapshot))
    all.push_back(as_json(*loaded.snapshot, timer, now));
  if (flags.json) {
    std::cout << Json{{"timers", all}}.dump(2) << "\n";
    return kDone;
  }
  for (const auto& timer : all) print(timer);
  if (all.empty()) std::cout << "no rule names a timer\n";
  return kDone;
}

}  // namespace

void add_timers(CLI::App& cli, int& exit_code) {
  auto* timers = cli.add_subcommand("timers", "List the timers of the rules");
  timers->require_subcommand(1);
  auto* command =
      timers->add_subcommand("list", "Every timer with its rules and when it fires next");
  const auto flags = std::make_shared<Flags>();
  command->add_option("--config", flags->file, "Configuration file")->required();
  command->add_flag("--json", flags->json, "Machine-readable");
  command->callback([flags, &exit_code] { exit_code = list(*flags); });
}

}  // namespace countersign::app
