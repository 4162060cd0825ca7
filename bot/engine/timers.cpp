#include "bot/engine/timers.h"

#include <algorithm>
#include <future>

#include "bot/core/digest.h"
#include "bot/engine/faults.h"
#include "bot/obs/log.h"
#include "bot/obs/metrics.h"
#include "config/zones.h"

namespace countersign::engine {
namespace {

constexpr char kSource[] = "timer";

void count(const std::string& trigger, std::string_view what) {
  obs::count("countersign_timers_total", "Moments of timers, by what became of them",
             {{"trigger", trigger}, {"outcome", std::string(what)}});
}

}  // namespace

std::map<std::string, Timer> timers_of(const Snapshot& snapshot) {
  std::map<std::string, Timer> timers;
  for (const core::Rule& rule : snapshot.catalog->rules) {
    if (!rule.enabled || !core::is_timer(rule.trigger)) continue;
    auto parsed = core::Schedule::parse(rule.trigger, rule.trigger_parameters);
    if (!parsed.schedule) continue;  // refused when it was loaded
    const std::string key = parsed.schedule->key();
    if (timers.contains(key)) continue;
    auto zone = config::load_zone(parsed.schedule->zone());
    if (zone) {
      timers.emplace(key, Timer{std::move(*parsed.schedule), std::move(*zone)});
    } else {
      obs::error("a timer's zone cannot be read any more, it does not fire",
                 {{"rule", rule.ref()}, {"zone", parsed.schedule->zone()}});
    }
  }
  return timers;
}

void Timers::learn() {
  const auto now = deps_.current.get();
  if (now == known_) return;
  known_ = now;
  timers_ = timers_of(*now);
}

bool Timers::run_once(const std::stop_token& stop) {
  learn();
  if (timers_.empty()) return false;
  std::vector<std::string> keys;
  for (const auto& [key, timer] : timers_) keys.push_back(key);
  core::Instant now;
  const auto rows = deps_.db.transact_relaxed("timers", [&](store::Tx& tx) {
    auto found = store::timers(tx, keys);
    now = tx.now();
    return found;
  });
  fire_due(now, rows);
  std::optional<core::Duration> pause;
  for (const auto& [key, row] : rows) {
    const Timer& timer = timers_.at(key);
    const auto next = timer.schedule.next(std::max(now, row.handled), row.since, timer.zone);
    if (next && *next - now < kLook) pause = std::min(pause.value_or(kLook), *next - now);
  }
  if (!pause) return false;
  Signal nobody;
  nobody.wait(std::chrono::ceil<std::chrono::milliseconds>(*pause), stop);
  return !stop.stop_requested();
}

bool Timers::fire_due(core::Instant now, const std::map<std::string, store::TimerRow>& rows) {
  learn();
  bool any = false;
  for (const auto& [key, row] : rows) {
    const auto timer = timers_.find(key);
    if (timer == timers_.end()) continue;
    const auto due =
        core::due(timer->second.schedule, timer->second.zone, row.since, row.handled, now);
    if (due.handled == row.handled) continue;
    if (due.fire && !accepted(event_of(key, timer->second, *due.fire))) continue;
    any = true;
    crash_point("timer.accepted");
    deps_.db.transact_relaxed("handle timer", [&, name = key](store::Tx& tx) {
      store::handle_timer(tx, name, due.handled);
    });
    if (!due.missed) continue;
    count(timer->second.schedule.trigger(), "missed");
    obs::warning("a timer was not looked at when it was due",
                 {{"schedule", timer->second.schedule.parameters().dump()},
                  {"missed", core::format_instant(*due.missed)},
                  {"fired", due.fire ? core::format_instant(*due.fire) : "not at all"}});
  }
  return any;
}

// The same from every replica, so that they cannot contradict each other.
core::Incoming Timers::event_of(const std::string& key, const Timer& timer,
                                core::Instant at) const {
  core::Incoming event;
  event.source = kSource;
  event.trigger = timer.schedule.trigger();
  event.delivery_id = core::format_instant(at);
  event.body = {{"executed_at", event.delivery_id}, {"schedule", timer.schedule.parameters()}};
  event.raw = event.body.dump();
  event.dedup_key = core::sha256_of_parts("timer", key, event.delivery_id);
  event.body_hash = core::sha256_hex(event.raw);
  event.correlation = deps_.ids.correlation();
  return event;
}

bool Timers::accepted(core::Incoming event) const {
  std::promise<Result<std::vector<core::Accepted>>> answered;
  std::vector<core::Incoming> one;
  one.push_back(std::move(event));
  const std::string trigger = one.front().trigger;
  inbox_.accept(std::move(one),
                [&answered](auto answer) { answered.set_value(std::move(answer)); });
  const auto answer = answered.get_future().get();
  if (!answer) return false;  // the intake has said why; the moment stays due
  count(trigger, core::name(answer->front().verdict));
  return true;
}

}  // namespace countersign::engine
