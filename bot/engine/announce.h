// Puts what has to be said about a run into the outbox, in the caller's transaction.
#pragma once
#include "bot/core/message.h"
#include "bot/core/run.h"
#include "bot/engine/deps.h"
#include "bot/store/outbox.h"

namespace countersign::engine {

// A place whose thread is the run's own, whatever that turns out to be once its plan is posted.
inline constexpr char kThreadOfRun[] = "@run";

class Announcer {
 public:
  explicit Announcer(const Deps& deps) : deps_(deps) {}

  // Posts the plan as a new message, and in every further place of the run; notes the posts in the
  // run (save it afterwards).
  void post_plan(store::Tx& tx, core::Run& run, const core::Electorate& electorate) const;
  // Brings the posted plan up to date with the record.
  void refresh_plan(store::Tx& tx, const core::Run& run, const core::Electorate& electorate) const;
  // The posted plan is no longer the one in question; its successor is posted as a new message.
  void retire_plan(store::Tx& tx, const core::Run& run, const core::Electorate& electorate) const;
  // In the thread of the plan, wherever it was posted.
  void say_in_thread(store::Tx& tx, const core::Run& run, const core::Message& message) const;
  // The same, in one message for each try of the run that changes in place.
  void say_progress(store::Tx& tx, const core::Run& run, const core::Message& message) const;
  // Its last change. Does nothing if nothing was said.
  void end_progress(store::Tx& tx, const core::Run& run) const;
  // How it ended, in the same place. A run that used up its tries becomes a dead letter.
  void say_result(store::Tx& tx, const core::Run& run) const;
  // In a channel that is not the run's own, for people who do not look there.
  void tell_channel(store::Tx& tx, const core::Run& run, const core::ChatPlace& place,
                    const core::Message& message) const;
  // A reply where a command was typed.
  void reply(store::Tx& tx, const core::ChatPlace& place, const core::Event& about,
             const core::Message& message) const;
  // A message that is about no run and changes in place: posts it, or with the client message id of
  // an earlier post changes that one. That id.
  std::string change(store::Tx& tx, const core::ChatPlace& place, const std::string& lane,
                     const core::Event& about, const core::Message& message,
                     const std::string& posted) const;
  // About no run and no event, e.g. a report. `id`: its client message id; empty: a new one.
  void post(store::Tx& tx, const core::ChatPlace& place, const std::string& about,
            const core::Message& message, const std::string& id = {}) const;
  // For one person's eyes only.
  void tell(store::Tx& tx, const core::ChatPlace& place, const std::string& person,
            const core::Message& message) const;

 private:
  core::Message render(store::Tx& tx, const core::Run& run, const core::Electorate& electorate,
                       bool retired = false) const;
  void change_plan(store::Tx& tx, const core::Run& run, const core::Message& message) const;
  // The message as this chat should show it: people by the account it knows them by.
  core::Message localized(core::Message message, const std::string& chat) const;
  store::OutboxMessage about(const core::Run& run, core::Outgoing::Op op,
                             const core::ChatPlace& place, const core::Message& message) const;
  const Deps& deps_;
};

}  // namespace countersign::engine
