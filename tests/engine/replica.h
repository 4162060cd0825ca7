// Another process of the same installation: all the use cases anew, with connections and a journal
// of its own, over the database of a House. People's acts are functions of one line.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bot/engine/editing.h"
#include "bot/engine/glass.h"
#include "tests/engine/house.h"

namespace countersign::engine {

// Counts what is done, from any thread.
class CountingRunner : public core::Runner {
 public:
  std::string_view kind() const override { return "noop"; }
  Result<void> check(const core::Action&) const override { return {}; }
  core::Outcome run(const core::RunRequest& request, std::stop_token) override {
    if (!request.dry) ++effects;
    return {core::OutcomeClass::ok, 0, "did it", false, "", {}};
  }
  std::atomic<int> effects{0};
};

// Keeps what it is told, for one thread at a time; outlives the replica that writes it.
class SharedJournal : public core::Journal {
 public:
  Result<void> write(const core::JournalRecord& record) override {
    const std::scoped_lock lock(mutex_);
    return kept_.write(record);
  }
  std::vector<core::JournalRecord> records() const override {
    const std::scoped_lock lock(mutex_);
    return kept_.records();
  }
  std::vector<core::JournalRecord> records_of(const std::string& key) const override {
    const std::scoped_lock lock(mutex_);
    return kept_.records_of(key);
  }

 private:
  mutable std::mutex mutex_;
  FakeJournal kept_;  // guarded by mutex_
};

class Replica {
 public:
  // `like`: whose configuration, directory's chats, ids and runners it shares.
  Replica(const std::string& url, const Deps& like, Directory::Lookups lookups,
          SharedJournal& journal, core::ChatAdapter& chat, const std::string& id)
      : db_({url, 6}),
        directory(like.current, std::move(lookups)),
        deps{db_,     like.current, directory, signals_,       like.ids,
             journal, like.runner,  id,        like.button_key} {
    sender_ = std::make_unique<OutboxSender>(deps, chat);
    keeper_.begin(id);
  }

  VoteAnswer cast(core::RunId run, const std::string& who, core::VoteChoice choice,
                  const std::string& act, const std::string& plan_hash = "",
                  const std::string& via = "cli") {
    Ballot ballot;
    ballot.run = run;
    ballot.voter = person(who);
    ballot.choice = choice;
    ballot.act_id = act;
    ballot.via = via;
    ballot.plan_hash = plan_hash;
    return voting.cast(ballot);
  }
  bool cancel(core::RunId run, const std::string& who) {
    const auto electorate = voting.electorate_of(run);
    return deps.db
        .transact("cancel",
                  [&](store::Tx& tx) {
                    return voting.withdraw(tx, run, identified(who), "enough", electorate);
                  })
        .ok();
  }
  bool edit(core::RunId run, const std::string& who, const std::string& host) {
    const auto electorate = voting.electorate_of(run);
    return deps.db
        .transact(
            "edit",
            [&](store::Tx& tx) {
              return editing_.change(tx, {run, "", {{"host", host}}, identified(who)}, electorate);
            })
        .ok();
  }
  bool break_glass(core::RunId run, const std::string& who, const std::string& act) {
    const auto electorate = glass_.electorate();
    return deps.db
        .transact("glass",
                  [&](store::Tx& tx) {
                    return glass_.start(tx, {run, identified(who), "it is on fire", act, "", ""},
                                        electorate);
                  })
        .ok();
  }
  bool work() {
    const bool planned = planner_.run_once({});
    return executor_.run_once({}) || planned;
  }
  // Everything there is to do, until nothing moves. For one thread, as are people's words and acts.
  void settle() {
    bool moved = true;
    for (int rounds = 0; moved && rounds < 50; ++rounds) {
      moved = decider_.run_once({});
      moved = work() || moved;
      moved = sender_->run_once({}) || moved;
    }
  }
  void act(const core::Act& act) {
    desk_.act(act, [](const core::ActAnswer&) {});
    while (desk_.run_once({})) {
    }
  }
  void look_at_the_clock() {
    const std::scoped_lock lock(keeping_);
    keeper_.run_once({});
  }

 private:
  static core::Person person(const std::string& who) { return {"mm:" + who, who}; }
  core::Person identified(const std::string& who) { return *directory.identify(person(who)); }

  store::Database db_;
  Signals signals_;

 public:
  Directory directory;
  Deps deps;
  Voting voting{deps};

 private:
  Editing editing_{deps};
  Glass glass_{deps};
  Planner planner_{deps};
  Executor executor_{deps};
  Commander commander_{deps, voting};
  Decider decider_{deps, commander_};
  Desk desk_{deps, voting};
  std::unique_ptr<OutboxSender> sender_;
  std::mutex keeping_;
  Keeper keeper_{deps};  // guarded by keeping_
};

}  // namespace countersign::engine
