#include "bot/engine/announce.h"

#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/outbox.h"

namespace countersign::engine {
namespace {

std::string cause_of(store::Tx& tx, const core::Run& run) {
  if (!run.requester.empty())
    return "asked for by " + run.requester_name + (run.rule.empty() ? "" : ", by rule " + run.rule);
  const auto event = store::find_event(tx, run.event);
  const std::string what = event && event->body.is_object() && event->body.contains("labels") &&
                                   event->body["labels"].is_object()
                               ? event->body["labels"].value("alertname", event->trigger)
                               : (event ? event->trigger : std::string("event"));
  return "rule " + run.rule + " matched event " + show(run.event) + " (" +
         core::make_visible(what, 100) + ")";
}

std::string lane_of(const core::Run& run) { return "run:" + run.id.text(); }

}  // namespace

core::Message Announcer::render(store::Tx& tx, const core::Run& run,
                                const std::vector<core::Person>& approvers, bool retired) const {
  PlanStory story{run, std::nullopt, {}, approvers, cause_of(tx, run), deps_.button_key, retired};
  if (run.approval) {
    story.approval = store::find_approval(tx, run.approval);
    story.votes = store::votes_of(tx, run.approval);
  }
  return plan_message(story);
}

void Announcer::post_plan(store::Tx& tx, core::Run& run,
                          const std::vector<core::Person>& approvers) const {
  run.plan_message = deps_.ids.uuid();
  store::OutboxMessage m;
  m.out = {core::Outgoing::Op::post,  run.plan_message, run.place, "", "",
           render(tx, run, approvers)};
  m.lane = lane_of(run);
  m.about = lane_of(run);
  m.correlation = run.correlation;
  m.run = run.id;
  m.approval = run.approval;
  store::enqueue(tx, m);
}

void Announcer::refresh_plan(store::Tx& tx, const core::Run& run,
                             const std::vector<core::Person>& approvers) const {
  if (!run.plan_message.empty()) change_plan(tx, run, render(tx, run, approvers));
}

void Announcer::retire_plan(store::Tx& tx, const core::Run& run,
                            const std::vector<core::Person>& approvers) const {
  if (!run.plan_message.empty()) change_plan(tx, run, render(tx, run, approvers, true));
}

void Announcer::change_plan(store::Tx& tx, const core::Run& run, core::Message message) const {
  store::OutboxMessage m;
  m.out = {core::Outgoing::Op::update, deps_.ids.uuid(), run.place, "", "", std::move(message)};
  m.target = run.plan_message;
  m.lane = lane_of(run);
  m.about = lane_of(run);
  m.correlation = run.correlation;
  store::enqueue(tx, m);
}

void Announcer::say_in_thread(store::Tx& tx, const core::Run& run,
                              const core::Message& message) const {
  core::ChatPlace place = run.place;
  place.thread = kThreadOfRun;
  store::OutboxMessage m;
  m.out = {core::Outgoing::Op::post, deps_.ids.uuid(), place, "", "", message};
  m.lane = lane_of(run);
  m.about = lane_of(run);
  m.correlation = run.correlation;
  store::enqueue(tx, m);
}

void Announcer::reply(store::Tx& tx, const core::ChatPlace& place, const core::Event& about,
                      const core::Message& message) const {
  store::OutboxMessage m;
  m.out = {core::Outgoing::Op::post, deps_.ids.uuid(), place, "", "", message};
  m.lane = "thread:" + place.channel + ":" + place.thread;
  m.about = "event:" + about.id.text();
  m.correlation = about.correlation;
  store::enqueue(tx, m);
}

void Announcer::tell(store::Tx& tx, const core::ChatPlace& place, const std::string& person,
                     const core::Message& message) const {
  store::OutboxMessage m;
  m.out = {core::Outgoing::Op::tell, deps_.ids.uuid(), place, "", person, message};
  m.lane = "person:" + person;
  m.about = "person:" + person;
  store::enqueue(tx, m);
}

}  // namespace countersign::engine
