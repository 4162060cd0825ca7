#include "bot/engine/dry_reports.h"

#include <map>

#include "bot/engine/ask.h"
#include "bot/engine/narrate.h"
#include "bot/engine/promotions.h"

namespace countersign::engine {
namespace {

using std::chrono::days;

core::Line line_of(const store::DryRuns& runs, const std::string& prefix, bool may_be_promoted) {
  core::Line line{core::bold(runs.rule),
                  core::plain(" would have run " + std::to_string(runs.runs) +
                              (runs.runs == 1 ? " time" : " times"))};
  if (!runs.targets.empty())
    line.push_back(core::plain(" on " + core::make_visible(join(runs.targets, ", "), 120)));
  if (!may_be_promoted) return line;
  line.push_back(core::plain("; "));
  line.push_back(core::code(prefix + "promote " + runs.rule));
  return line;
}

}  // namespace

void DryReports::send() {
  const auto now = deps_.current.get();
  const core::Duration at = now->settings.dry_report_at;
  deps_.db.transact("dry report", [&](store::Tx& tx) {
    const auto today = std::chrono::floor<days>(tx.now() - at);
    if (!store::begin_dry_report(tx, core::format_instant(today).substr(0, 10))) return;
    const core::Instant until = core::Instant(today) + at;
    std::map<std::pair<std::string, std::string>, std::vector<core::Line>> lines;
    for (const auto& runs : store::dry_runs_between(tx, until - days(1), until)) {
      const core::Rule* rule = now->catalog->rule(runs.rule);
      if (!rule) continue;
      for (const auto& place : places_for(*now, rule))
        lines[{place.chat, place.channel}].push_back(
            line_of(runs, now->settings.command_prefix, rule->promotable));
    }
    for (const auto& [place, about] : lines)
      announcer_.post(tx, {place.first, place.second, ""}, "report:" + core::format_instant(until),
                      note(core::Tone::neutral, "What dry runs would have done in the last 24 hours",
                           about));
  });
  deps_.signals.outbox.ring();
}

}  // namespace countersign::engine
