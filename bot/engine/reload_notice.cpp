#include "bot/engine/reload_notice.h"

#include "bot/core/digest.h"
#include "bot/engine/ask.h"
#include "bot/engine/narrate.h"
#include "bot/obs/log.h"
#include "bot/obs/metrics.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kShown = 5;

core::Message refusal(const config::Problems& problems) {
  auto m = note(core::Tone::warning, "Changed rules were refused; those loaded before stay in force");
  std::size_t errors = 0;
  for (const auto& problem : problems) {
    if (problem.severity != config::Problem::Severity::error || ++errors > kShown) continue;
    m.lines.push_back({core::code(core::make_visible(problem.text(), 300))});
  }
  if (errors > kShown)
    m.lines.push_back({core::plain("… and " + std::to_string(errors - kShown) + " more: "),
                       core::code("countersign check")});
  return m;
}

}  // namespace

void ReloadNotice::report(const config::Problems& problems) {
  const bool refused = config::has_errors(problems);
  obs::count("countersign_reloads_total", "Reloads of configuration and rules, by result",
             {{"result", refused ? "refused" : "done"}});
  obs::gauge("countersign_rules_stale",
             "1 while the rules on disk are broken, so that older ones are in force",
             refused ? 1 : 0);
  if (refused) {
    std::string what;
    for (const auto& problem : problems) what += problem.text() + "\n";
    say(refusal(problems), what);
  } else if (refused_) {
    say(note(core::Tone::good, "The rules on disk are in force again"), "in force again");
  }
  refused_ = refused;
}

void ReloadNotice::say(const core::Message& message, const std::string& what) {
  const auto now = deps_.current.get();
  try {
    deps_.db.transact("reload notice", [&](store::Tx& tx) {
      const auto hour = std::chrono::floor<std::chrono::hours>(tx.now());
      for (const auto& place : places_for(*now, nullptr)) {
        const std::string id = "reload-" + core::sha256_of_parts(place.chat + place.channel,
                                                                 core::format_instant(hour), what);
        if (!store::has_message(tx, id)) announcer_.post(tx, place, "reload", message, id);
      }
    });
    deps_.signals.outbox.ring();
  } catch (const store::StoreError& e) {
    obs::warning("the chat was not told of a reload", {{"why", e.what()}});
  }
}

}  // namespace countersign::engine
