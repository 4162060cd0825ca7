// A whole engine over a real database, with fakes for what is outside: a chat that remembers what
// it was told, runners that do what a test says, ids that count.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bot/core/digest.h"
#include "bot/engine/decider.h"
#include "bot/engine/desk.h"
#include "bot/engine/executor.h"
#include "bot/engine/intake.h"
#include "bot/engine/keeper.h"
#include "bot/engine/outbox_sender.h"
#include "bot/engine/planner.h"
#include "bot/engine/own_actions.h"
#include "tests/support/test_database.h"

namespace countersign::engine {

class CountingIds : public core::IdSource {
 public:
  core::CorrelationId correlation() override { return core::CorrelationId::parse(uuid()); }
  std::string uuid() override {
    const std::string digits = std::to_string(1'000'000 + ++count_);
    return "00000000-0000-4000-8000-00000" + digits;
  }
  std::string token(int bytes) override {
    return std::string(static_cast<std::size_t>(bytes) * 2, token_digit);
  }
  double chance() override { return next_chance; }
  double next_chance = 0;
  char token_digit = 'a';

 private:
  std::atomic<int> count_{0};
};

// Remembers every call; answers by the script or with success.
class FakeRunner : public core::Runner {
 public:
  std::string_view kind() const override { return "noop"; }
  Result<void> check(const core::Action&) const override { return {}; }
  core::Outcome run(const core::RunRequest& request, std::stop_token stop) override {
    calls.push_back(request);
    told_to_stop = std::move(stop);
    if (on_run) return on_run(request);
    return {core::OutcomeClass::ok, 0, request.dry ? "would do it" : "did it", false, "", {}};
  }
  int effects() const {
    return static_cast<int>(
        std::count_if(calls.begin(), calls.end(), [](const auto& c) { return !c.dry; }));
  }
  std::vector<core::RunRequest> calls;
  std::stop_token told_to_stop;  // of the latest call
  std::function<core::Outcome(const core::RunRequest&)> on_run;
};

// The runner of the program's own actions.
class OwnRunner : public core::Runner {
 public:
  explicit OwnRunner(const Deps& deps) : deps_(deps) {}
  std::string_view kind() const override { return "countersign"; }
  Result<void> check(const core::Action&) const override { return {}; }
  core::Outcome run(const core::RunRequest& request, std::stop_token) override {
    return carry_out_own(deps_, request);
  }

 private:
  const Deps& deps_;
};

// Keeps what it is told, unless it is full.
class FakeJournal : public core::Journal {
 public:
  Result<void> write(const core::JournalRecord& record) override {
    if (full) return unavailable("the disk is full");
    written.push_back(record);
    return {};
  }
  std::vector<core::JournalRecord> records() const override { return written; }
  std::vector<core::JournalRecord> records_of(const std::string& key) const override {
    std::vector<core::JournalRecord> out;
    std::ranges::copy_if(written, std::back_inserter(out),
                         [&](const auto& record) { return record.key == key; });
    return out;
  }
  std::vector<core::JournalRecord> written;
  bool full = false;
};

class FakeChat : public core::ChatAdapter {
 public:
  explicit FakeChat(std::string name = "mm") : name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  void start(core::Inbox&, core::ChatDesk&) override {}
  core::Delivery deliver(const core::Outgoing& out, std::stop_token) override {
    sent.push_back(out);
    if (!script.empty()) {
      const auto answer = script.front();
      script.pop_front();
      if (answer.kind != core::Delivery::Kind::sent) return answer;
    }
    const std::string id =
        out.op == core::Outgoing::Op::update ? out.message_id : "post" + std::to_string(++posts_);
    return {core::Delivery::Kind::sent,
            id,
            "C1",
            out.place.thread.empty() ? id : out.place.thread,
            false,
            "",
            {}};
  }
  core::Pace pace() const override { return pace_; }
  std::optional<core::Delivery> find(const core::Outgoing&, std::stop_token) override {
    return found;
  }
  Result<core::Person> find_person(const std::string& who) override {
    if (std::ranges::find(gone, who) != gone.end()) return not_found("is deactivated");
    return core::Person{"mm:" + who, who};
  }
  Result<std::vector<core::Person>> find_group(const std::string& group) override {
    if (silent) return unavailable("the chat does not answer");
    const auto members = groups.find(group);
    if (members == groups.end()) return not_found("no such group");
    return members->second;
  }
  bool connected() const override { return up; }
  std::vector<core::Finding> check(const std::vector<std::string>&, std::stop_token) override {
    return {};
  }
  void stop() override {}

  std::vector<core::Outgoing> sent;
  std::deque<core::Delivery> script;
  std::optional<core::Delivery> found;
  std::map<std::string, std::vector<core::Person>> groups;
  core::Pace pace_;
  bool up = true;
  std::vector<std::string> gone;  // deactivated
  bool silent = false;            // its directory does not answer

 private:
  const std::string name_;
  int posts_ = 0;
};

class House : public testing::Test {
 protected:
  House();

  core::Action action(const std::string& ref, core::Tier tier, bool idempotent = false);
  core::Rule rule(const std::string& name, const std::string& action);
  void add(core::Rule rule);
  void publish();  // makes what was added the catalog in force

  void configure(const std::function<void(config::Settings&)>& change);  // as a reload does

  core::EventId alert(const std::string& host, const std::string& delivery,
                      const std::string& status = "firing");
  core::EventId command(const std::string& who, const std::string& text,
                        const std::string& thread = "");
  core::EventId accept(core::Incoming incoming);
  // Decides, plans, carries out and says all there is, until nothing moves.
  void settle();
  VoteAnswer vote(core::RunId run, const std::string& who,
                  core::VoteChoice choice = core::VoteChoice::approve);
  core::Run run(core::RunId id);
  core::Run only_run();
  std::vector<std::string> said() const;     // every message as text
  int heard(const std::string& part) const;  // in how many of them

  support::TestDatabase database;
  Signals signals;
  CountingIds ids;
  FakeJournal journal;
  FakeRunner runner;
  FakeChat chat;
  config::Catalog catalog;
  std::shared_ptr<Snapshot> snapshot;
  Current current;
  Directory directory;
  Deps deps;
  OwnRunner own_runner{deps};
  Voting voting{deps};
  Commander commander{deps, voting};
  Decider decider{deps, commander};
  Planner planner{deps};
  Executor executor{deps};
  Keeper keeper{deps};
  Desk desk{deps, voting};
  OutboxSender sender{deps, chat};
  FakeChat slack{"sl"};
  OutboxSender slack_sender{deps, slack};

 private:
  int acts_ = 0;
};

}  // namespace countersign::engine
