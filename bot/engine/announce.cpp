#include "bot/engine/announce.h"

#include "bot/core/digest.h"
#include "bot/engine/dead_letter_words.h"
#include "bot/engine/narrate.h"
#include "bot/engine/plan_maker.h"
#include "bot/engine/refs.h"
#include "bot/store/breakers.h"
#include "bot/store/standings.h"

namespace countersign::engine {
namespace {

std::string cause_of_follow_up(store::Tx& tx, const core::Run& run) {
  if (run.purpose == core::Purpose::verify)
    return "checks whether " + show(run.parent) + " did what it should";
  const auto before = store::find_run(tx, run.parent);
  const bool check = before && before->purpose == core::Purpose::verify;
  return "takes " + show(check ? before->parent : run.parent) +
         " back: " + (check ? subject_words(*before) + " failed" : "it failed");
}

std::string cause_of(store::Tx& tx, const core::Run& run) {
  if (run.purpose != core::Purpose::remedy) return cause_of_follow_up(tx, run);
  std::string edited;
  for (const core::Person& editor : run.editors)
    edited += (edited.empty() ? ", changed by " : " and ") + editor.name;
  if (!run.requester.empty())
    return "asked for by " + run.requester_name +
           (run.rule.empty() ? "" : ", by rule " + run.rule) + edited;
  const auto event = store::find_event(tx, run.event);
  const std::string what = event && event->body.is_object() && event->body.contains("labels") &&
                                   event->body["labels"].is_object()
                               ? event->body["labels"].value("alertname", event->trigger)
                               : (event ? event->trigger : std::string("event"));
  return "rule " + run.rule + " matched event " + show(run.event) + " (" +
         core::make_visible(what, 100) + ")" + edited;
}

// The latest look at whether it worked, if its action asks for one.
std::optional<core::Run> check_of(store::Tx& tx, const Snapshot& now, const core::Run& run) {
  const auto* action = now.catalog->action(run.action);
  if (run.state != core::RunState::succeeded || !action || !action->verify) return std::nullopt;
  std::optional<core::Run> check;
  for (const core::Run& one : store::follow_ups_of(tx, run.id)) {
    if (one.purpose == core::Purpose::verify) check = one;
  }
  return check;
}

// A person asked for it, or gave consent to it.
bool somebody_waits(const core::Run& run) {
  using enum core::RunState;
  return !run.requester.empty() ||
         (run.approval && run.state != planned && run.state != awaiting_approval);
}

// The same for every replica: whoever ends the run ends its progress too.
std::string progress_id(const core::Run& run, int number) {
  std::string id = core::sha256_of_parts("progress", run.key, std::to_string(run.fence),
                                         std::to_string(run.attempt), std::to_string(number));
  id.resize(32);
  for (const std::size_t dash : {8u, 13u, 18u, 23u}) id.insert(dash, 1, '-');
  return id;
}

// No chat is configured: the record is all there is.
bool nowhere(const core::Run& run) { return run.place.chat.empty(); }

std::string lane_of(const core::Run& run) { return "run:" + run.id.text(); }

}  // namespace

core::Message Announcer::render(store::Tx& tx, const core::Run& run,
                                const core::Electorate& electorate, bool retired) const {
  PlanStory story{run,
                  std::nullopt,
                  {},
                  electorate,
                  cause_of(tx, run),
                  deps_.button_key,
                  std::nullopt,
                  check_of(tx, *deps_.current.get(), run),
                  deps_.current.get()->settings.command_prefix,
                  retired};
  if (run.approval) {
    story.approval = store::find_approval(tx, run.approval);
    story.votes = store::votes_of(tx, run.approval);
  }
  if (run.standing) story.standing = store::find_standing(tx, run.standing);
  if (run.state == core::RunState::awaiting_approval) {
    story.now = tx.now();
    story.may_break_glass = !deps_.current.get()->settings.break_glass.roles.empty();
  }
  if (run.state == core::RunState::ready && run.effect != core::EffectClass::read)
    story.halt = store::halt_in_force(tx);
  if (run.state == core::RunState::ready || run.state == core::RunState::awaiting_approval)
    story.freeze = frozen_by(tx, *deps_.current.get(), run, story.approval);
  if (run.state == core::RunState::ready && !run.breaker.empty()) {
    const auto breaker = store::find_breaker(tx, run.breaker);
    if (breaker && breaker->state != core::BreakerState::closed) story.breaker = breaker;
  }
  return plan_message(story);
}

core::Message Announcer::localized(core::Message message, const std::string& chat) const {
  const auto localize = [&](core::Line& line) {
    for (core::Span& span : line) {
      if (span.kind != core::Span::Kind::person) continue;
      const auto account = deps_.directory.account_in(chat, span.text);
      if (account) span.text = account->key;
    }
  };
  localize(message.title);
  for (auto& line : message.lines) localize(line);
  for (auto& field : message.fields) localize(field.value);
  for (auto& line : message.footer) localize(line);
  return message;
}

store::OutboxMessage Announcer::about(const core::Run& run, core::Outgoing::Op op,
                                      const core::ChatPlace& place,
                                      const core::Message& message) const {
  store::OutboxMessage m;
  m.out = {op, deps_.ids.uuid(), place, "", "", localized(message, place.chat)};
  m.lane = lane_of(run);
  m.about = lane_of(run);
  m.correlation = run.correlation;
  if (somebody_waits(run)) m.priority = store::Priority::answer;
  return m;
}

void Announcer::post_plan(store::Tx& tx, core::Run& run, const core::Electorate& electorate) const {
  if (nowhere(run)) return;
  core::Message message = render(tx, run, electorate);
  message.file = whole_dry_run(run);
  const auto post = [&](const core::ChatPlace& place, std::string& id, bool mirror) {
    auto m = about(run, core::Outgoing::Op::post, place, message);
    m.run = run.id;
    m.approval = run.approval;
    if (!somebody_waits(run)) m.priority = store::Priority::plan;
    m.mirror = mirror;
    if (mirror) m.target = id;  // an earlier plan of this run: its thread is this one's
    id = m.out.client_id;
    store::enqueue(tx, m);
  };
  post(run.place, run.plan_message, false);
  for (core::PlanPost& mirror : run.mirrors) post(mirror.place, mirror.message, true);
}

void Announcer::refresh_plan(store::Tx& tx, const core::Run& run,
                             const core::Electorate& electorate) const {
  if (!run.plan_message.empty()) change_plan(tx, run, render(tx, run, electorate));
}

void Announcer::retire_plan(store::Tx& tx, const core::Run& run,
                            const core::Electorate& electorate) const {
  if (!run.plan_message.empty()) change_plan(tx, run, render(tx, run, electorate, true));
}

void Announcer::change_plan(store::Tx& tx, const core::Run& run,
                            const core::Message& message) const {
  const auto change = [&](const core::ChatPlace& place, const std::string& target) {
    auto m = about(run, core::Outgoing::Op::update, place, message);
    m.target = target;
    m.priority = store::Priority::answer;
    store::enqueue(tx, m);
  };
  change(run.place, run.plan_message);
  for (const core::PlanPost& mirror : run.mirrors) {
    if (!mirror.message.empty()) change(mirror.place, mirror.message);
  }
}

void Announcer::say_in_thread(store::Tx& tx, const core::Run& run,
                              const core::Message& message) const {
  if (nowhere(run)) return;
  core::ChatPlace place = run.place;
  place.thread = kThreadOfRun;
  store::enqueue(tx, about(run, core::Outgoing::Op::post, place, message));
  for (const core::PlanPost& mirror : run.mirrors) {
    auto m = about(run, core::Outgoing::Op::post, mirror.place, message);
    m.target = mirror.message;
    store::enqueue(tx, m);
  }
}

void Announcer::say_progress(store::Tx& tx, const core::Run& run,
                             const core::Message& message) const {
  if (nowhere(run)) return;
  const bool again = store::has_message(tx, progress_id(run, 0));
  const auto say = [&](core::ChatPlace place, const std::string& thread_of, int number) {
    const std::string id = progress_id(run, number);
    auto m =
        about(run, again ? core::Outgoing::Op::update : core::Outgoing::Op::post, place, message);
    m.priority = store::Priority::rest;
    m.target = again ? id : thread_of;
    if (!again) m.out.client_id = id;
    store::enqueue(tx, m);
  };
  core::ChatPlace place = run.place;
  place.thread = kThreadOfRun;
  say(place, "", 0);
  for (int i = 0; const core::PlanPost& mirror : run.mirrors)
    say(mirror.place, mirror.message, ++i);
}

void Announcer::end_progress(store::Tx& tx, const core::Run& run) const {
  if (store::has_message(tx, progress_id(run, 0)))
    say_progress(tx, run, progress_over_message(run));
}

void Announcer::say_result(store::Tx& tx, const core::Run& run) const {
  auto message = result_message(run);
  if (run.state == core::RunState::dead) {
    const std::string error = run.outcome.value("error", std::string("its tries are used up"));
    const auto letter = store::add_dead_letter(
        tx, {.kind = "run", .ref = lane_of(run), .reason = run.action + ": " + error});
    message.footer = {
        {core::plain(what_next(letter, deps_.current.get()->settings.command_prefix))}};
  }
  say_in_thread(tx, run, message);
}

void Announcer::tell_channel(store::Tx& tx, const core::Run& run, const core::ChatPlace& place,
                             const core::Message& message) const {
  auto m = about(run, core::Outgoing::Op::post, place, message);
  m.lane = "channel:" + place.chat + ":" + place.channel;
  m.priority = store::Priority::plan;
  store::enqueue(tx, m);
}

void Announcer::reply(store::Tx& tx, const core::ChatPlace& place, const core::Event& about,
                      const core::Message& message) const {
  store::OutboxMessage m;
  m.out = {core::Outgoing::Op::post,      deps_.ids.uuid(), place, "", "",
           localized(message, place.chat)};
  m.priority = store::Priority::answer;
  m.lane = "thread:" + place.channel + ":" + place.thread;
  m.about = "event:" + about.id.text();
  m.correlation = about.correlation;
  store::enqueue(tx, m);
}

std::string Announcer::change(store::Tx& tx, const core::ChatPlace& place, const std::string& lane,
                              const core::Event& about, const core::Message& message,
                              const std::string& posted) const {
  const auto op = posted.empty() ? core::Outgoing::Op::post : core::Outgoing::Op::update;
  store::OutboxMessage m;
  m.out = {op, deps_.ids.uuid(), place, "", "", localized(message, place.chat)};
  m.priority = store::Priority::plan;
  m.lane = lane;
  m.about = "event:" + about.id.text();
  m.correlation = about.correlation;
  m.target = posted;
  store::enqueue(tx, m);
  return posted.empty() ? m.out.client_id : posted;
}

void Announcer::post(store::Tx& tx, const core::ChatPlace& place, const std::string& about,
                     const core::Message& message, const std::string& id) const {
  store::OutboxMessage m;
  m.out = {core::Outgoing::Op::post,
           id.empty() ? deps_.ids.uuid() : id,
           place,
           "",
           "",
           localized(message, place.chat)};
  m.priority = store::Priority::rest;
  m.lane = about;
  m.about = about;
  m.correlation = deps_.ids.correlation();
  store::enqueue(tx, m);
}

void Announcer::tell(store::Tx& tx, const core::ChatPlace& place, const std::string& person,
                     const core::Message& message) const {
  store::OutboxMessage m;
  m.out = {core::Outgoing::Op::tell, deps_.ids.uuid(), place, "", person, message};
  m.priority = store::Priority::answer;
  m.lane = "person:" + person;
  m.about = "person:" + person;
  store::enqueue(tx, m);
}

}  // namespace countersign::engine
