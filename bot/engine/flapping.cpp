#include "bot/engine/flapping.h"

#include <algorithm>

#include "bot/core/digest.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

constexpr int kAtOnce = 20;

bool is_held(const core::Run& run) { return run.state == core::RunState::held; }

void cancel(store::Tx& tx, core::Run run, const std::string& by, const std::string& why) {
  run.state = core::RunState::cancelled;
  store::save_run(tx, run, core::RunState::held, run.fence);
  store::add_audit(
      tx, {by, "run.cancelled", "run:" + run.id.text(), run.correlation, {{"why", why}}, {}});
}

// Where the run's plan would go.
std::vector<core::ChatPlace> channels_of(const core::Run& run) {
  std::vector<core::ChatPlace> out;
  if (!run.place.chat.empty()) out.push_back({run.place.chat, run.place.channel, ""});
  for (const core::PlanPost& mirror : run.mirrors)
    out.push_back({mirror.place.chat, mirror.place.channel, ""});
  return out;
}

std::string label_of(const core::Event& event, const char* key) {
  if (!event.body.is_object()) return "";
  const auto labels = event.body.find("labels");
  if (labels == event.body.end() || !labels->is_object()) return "";
  const auto label = labels->find(key);
  return label != labels->end() && label->is_string() ? label->get<std::string>() : "";
}

std::string alert_words(const core::Event& event) {
  const std::string name = label_of(event, "alertname"), instance = label_of(event, "instance");
  if (name.empty()) return "Alert " + core::make_visible(event.series, 80);
  return core::make_visible(name + (instance.empty() ? "" : " on " + instance), 120);
}

core::Line run_line(const core::Run& run) {
  core::Line line{core::bold(show(run.id)), core::plain(" "), core::code(run.action)};
  if (!run.rule.empty()) line.push_back(core::plain(" by rule " + run.rule));
  line.push_back(core::plain(": " + std::string(state_words(run.state))));
  return line;
}

}  // namespace

core::Message flapping_message(const store::FlappingSeries& flapping, const core::Event& event,
                               const std::vector<core::Run>& runs, bool calm,
                               const std::string& prefix) {
  const std::string within = core::format_duration(flapping.within);
  core::Message m = note(calm ? core::Tone::good : core::Tone::warning,
                         alert_words(event) + (calm ? " is calm again" : " is flapping"));
  m.lines.push_back({core::plain("It changed " + std::to_string(flapping.changes) +
                                 (flapping.changes == 1 ? " time" : " times") + " since "),
                     core::time(flapping.since),
                     core::plain(". Since " + show(flapping.event) + " it is "),
                     core::bold(flapping.status), core::plain(".")});
  for (const core::Run& run : runs) m.lines.push_back(run_line(run));
  const bool waits = std::ranges::any_of(runs, is_held);
  if (calm) {
    m.lines.push_back({core::plain("It has been quiet for " + within + ".")});
    if (waits)
      m.lines.push_back(
          {core::plain("Part of the record may be lost since, so what is held stays "
                       "held. Cancel it, and ask again if it is still wanted.")});
  } else {
    m.lines.push_back({core::plain("What changes something is held until it has been quiet for " +
                                   within + ". What only looks goes on.")});
    if (waits) {
      const std::string id = show(std::ranges::find_if(runs, is_held)->id);
      m.lines.push_back({core::code(prefix + "release " + id), core::plain(" plans it now, "),
                         core::code(prefix + "cancel " + id), core::plain(" drops it.")});
    }
  }
  m.footer = {{core::plain("trace "), core::code(event.correlation.text())}};
  return m;
}

std::vector<core::Run> Flapping::runs(store::Tx& tx, const store::FlappingSeries& flapping) const {
  std::vector<core::Run> out;
  for (const core::RunId id : flapping.held) {
    if (auto run = store::find_run(tx, id)) out.push_back(std::move(*run));
  }
  return out;
}

void Flapping::hold(store::Tx& tx, const core::Event& event, const core::Rule& rule,
                    const core::Flaps& flaps, core::RunId run) const {
  store::hold_in_series(tx, event, rule, flaps, run);
  auto flapping = store::lock_flapping(tx, event.source, event.series);
  if (!flapping) return;
  std::erase_if(flapping->held, [&](core::RunId id) {
    if (id == run) return false;
    const auto earlier = store::lock_run(tx, id);
    if (!earlier || !is_held(*earlier)) return true;
    if (earlier->rule != rule.ref()) return false;
    cancel(tx, *earlier, "rule:" + rule.ref(), show(run) + " is held in its place");
    return true;
  });
  store::save_flapping(tx, *flapping);
}

void Flapping::drop(store::Tx& tx, const core::Run& run, const std::string& why) const {
  const auto locked = store::lock_run(tx, run.id);
  if (locked && is_held(*locked)) cancel(tx, *locked, "alert:resolved", why);
}

void Flapping::tell(store::Tx& tx, const core::Event& event) const {
  if (auto flapping = store::lock_flapping(tx, event.source, event.series))
    say(tx, *flapping, false);
}

void Flapping::tell_of_run(store::Tx& tx, core::RunId run) const {
  if (auto flapping = store::lock_flapping_of(tx, run)) say(tx, *flapping, false);
}

// Latest wins: an update that was not sent yet is overtaken by the next.
void Flapping::say(store::Tx& tx, store::FlappingSeries& flapping, bool calm) const {
  const auto event = store::find_event(tx, flapping.event);
  const auto held = runs(tx, flapping);
  core::Event about = event.value_or(core::Event{});
  about.id = flapping.event;
  about.series = flapping.series;
  const auto now = deps_.current.get();
  const auto message = flapping_message(flapping, about, held, calm, now->settings.command_prefix);
  const std::string lane =
      "series:" + core::sha256_of_parts(flapping.source, flapping.series).substr(0, 32);
  for (const auto& post : flapping.posts)
    announcer_.change(tx, post.place, lane, about, message, post.message);
  for (const core::Run& run : held) {
    for (const core::ChatPlace& place : channels_of(run)) {
      if (std::ranges::find(flapping.posts, place, &store::FlappingPost::place) !=
          flapping.posts.end())
        continue;
      flapping.posts.push_back({place, announcer_.change(tx, place, lane, about, message, "")});
    }
  }
  store::save_flapping(tx, flapping);
}

void Flapping::plan(store::Tx& tx, core::Run run, const std::string& by,
                    const std::string& why) const {
  const auto fence = run.fence;
  run.state = core::RunState::planned;
  run.fence += 1;
  store::save_run(tx, run, core::RunState::held, fence);
  store::add_audit(
      tx, {by, "run.released", "run:" + run.id.text(), run.correlation, {{"why", why}}, {}});
}

Result<void> Flapping::release(store::Tx& tx, core::RunId id, const core::Person& who,
                               const core::Electorate& electorate) const {
  auto flapping = store::lock_flapping_of(tx, id);
  auto run = flapping ? store::lock_run(tx, id) : std::nullopt;
  if (!run || !is_held(*run))
    return Error{ErrorKind::conflict, show(id) + " is not held because its alert flaps"};
  if (run->needs_approval && !electorate.find(who.key))
    return refused("Only whoever may approve " + show(id) + " can release it");
  run->requester = who.key;
  run->requester_name = who.name;
  plan(tx, *run, who.key, who.name + " released it");
  std::erase(flapping->held, id);
  say(tx, *flapping, false);
  return {};
}

void Flapping::calm(store::Tx& tx, store::FlappingSeries flapping) const {
  for (const core::RunId id : flapping.held) {
    const auto run = store::lock_run(tx, id);
    if (run && is_held(*run) && !store::held_after_loss_since(tx, run->created_at))
      plan(tx, *run, "clock", "its alert is calm");
  }
  say(tx, flapping, true);
  store::end_flapping(tx, flapping);
}

int Flapping::settle() const {
  return deps_.db.transact("calm series", [&](store::Tx& tx) {
    const auto due = store::lock_calm_series(tx, kAtOnce);
    for (const auto& flapping : due) calm(tx, flapping);
    return static_cast<int>(due.size());
  });
}

}  // namespace countersign::engine
