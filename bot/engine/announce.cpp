#include "bot/engine/announce.h"

#include "bot/engine/dead_letter_words.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"

namespace countersign::engine {
namespace {

std::string cause_of(store::Tx& tx, const core::Run& run) {
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

// A person asked for it, or gave consent to it.
bool somebody_waits(const core::Run& run) {
  using enum core::RunState;
  return !run.requester.empty() ||
         (run.approval && run.state != planned && run.state != awaiting_approval);
}

std::string lane_of(const core::Run& run) { return "run:" + run.id.text(); }

}  // namespace

core::Message Announcer::render(store::Tx& tx, const core::Run& run,
                                const std::vector<core::Person>& approvers, bool retired) const {
  PlanStory story{run,
                  std::nullopt,
                  {},
                  approvers,
                  cause_of(tx, run),
                  deps_.button_key,
                  deps_.current.get()->settings.command_prefix,
                  retired};
  if (run.approval) {
    story.approval = store::find_approval(tx, run.approval);
    story.votes = store::votes_of(tx, run.approval);
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

void Announcer::post_plan(store::Tx& tx, core::Run& run,
                          const std::vector<core::Person>& approvers) const {
  core::Message message = render(tx, run, approvers);
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
                             const std::vector<core::Person>& approvers) const {
  if (!run.plan_message.empty()) change_plan(tx, run, render(tx, run, approvers));
}

void Announcer::retire_plan(store::Tx& tx, const core::Run& run,
                            const std::vector<core::Person>& approvers) const {
  if (!run.plan_message.empty()) change_plan(tx, run, render(tx, run, approvers, true));
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
  core::ChatPlace place = run.place;
  place.thread = kThreadOfRun;
  store::enqueue(tx, about(run, core::Outgoing::Op::post, place, message));
  for (const core::PlanPost& mirror : run.mirrors) {
    auto m = about(run, core::Outgoing::Op::post, mirror.place, message);
    m.target = mirror.message;
    store::enqueue(tx, m);
  }
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
