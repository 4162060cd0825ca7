#include "tests/engine/house.h"

#include <algorithm>

#include "bot/core/message.h"
#include "bot/store/events.h"
#include "bot/store/runs.h"

namespace countersign::engine {

House::House()
    : snapshot(std::make_shared<Snapshot>()),
      current(snapshot),
      directory(current,
                {.person = [this](const std::string& in,
                                  const std::string& name) -> Result<core::Person> {
                   auto person = chat.find_person(name);
                   if (person) person->key = in + ":" + name;
                   return person;
                 },
                 .group = [this](const std::string&,
                                 const std::string& name) { return chat.find_group(name); }}),
      deps{database.db(),
           current,
           directory,
           signals,
           ids,
           journal,
           [this](std::string_view kind) -> core::Runner* {
             return kind == own_runner.kind() ? static_cast<core::Runner*>(&own_runner) : &runner;
           },
           "00000000-0000-4000-8000-000000000001",
           "key"} {
  snapshot->settings.roles = {{"sre", {"sre", {"mm:alice", "mm:bob"}, {}}}};
  snapshot->settings.notify = {{"mm", "#ops"}};
  snapshot->settings.promotion_required = false;
  snapshot->catalog = std::make_shared<config::Catalog>();
  keeper.begin("test");
}

core::Action House::action(const std::string& ref, core::Tier tier, bool idempotent) {
  core::Action a;
  a.ref = ref;
  a.pack = ref.substr(0, ref.find('.'));
  a.runner = "noop";
  a.tier = tier;
  a.idempotent = idempotent;
  a.parameters = {{.name = "host", .types = {"string"}, .required = true}};
  a.targets = "{{ host }}";
  a.rate_limit = core::RateLimit{100, std::chrono::hours(1)};
  a.content_hash = core::sha256_hex(ref);
  catalog.actions[ref] = a;
  return a;
}

core::Rule House::rule(const std::string& name, const std::string& action) {
  core::Rule r;
  r.name = name;
  r.pack = "ops";
  r.trigger = "prometheus.alert";
  r.criteria = {{"trigger.labels.alertname", "equals", "DiskAlmostFull"}};
  r.action = action;
  r.parameters = {{"host", "{{ trigger.labels.instance }}"}};
  r.mode = core::RuleMode::live;
  r.content_hash = core::sha256_hex(name);
  return r;
}

void House::add(core::Rule rule) { catalog.rules.push_back(std::move(rule)); }

void House::publish() {
  auto next = std::make_shared<Snapshot>(*current.get());
  next->catalog = std::make_shared<config::Catalog>(catalog);
  current.set(next);
}

void House::configure(const std::function<void(config::Settings&)>& change) {
  auto next = std::make_shared<Snapshot>(*current.get());
  change(next->settings);
  current.set(next);
  directory.forget();
}

core::EventId House::accept(core::Incoming incoming) {
  incoming.correlation = ids.correlation();
  incoming.dedup_key = core::sha256_of_parts(incoming.source, incoming.delivery_id);
  incoming.body_hash = core::sha256_hex(incoming.body.dump());
  incoming.raw = incoming.body.dump();
  return deps.db.transact(
      "accept", [&](store::Tx& tx) { return store::accept_events(tx, {incoming}).front().event; });
}

core::EventId House::alert(const std::string& host, const std::string& delivery,
                           const std::string& status) {
  core::Incoming in;
  in.source = "alerts";
  in.trigger = "prometheus.alert";
  in.delivery_id = delivery;
  in.body = {
      {"status", status},
      {"labels", {{"alertname", "DiskAlmostFull"}, {"severity", "warning"}, {"instance", host}}}};
  in.series = host;
  in.status = status;
  return accept(in);
}

core::EventId House::command(const std::string& who, const std::string& text,
                             const std::string& thread) {
  core::Incoming in;
  in.source = "mm";
  in.trigger = core::kChatCommand;
  in.delivery_id = "message" + std::to_string(++acts_);
  in.body = {{"text", text},
             {"message", in.delivery_id},
             {"place", core::ChatPlace{"mm", "C1", thread}},
             {"person", core::Person{"mm:" + who, who}}};
  return accept(in);
}

void House::settle() {
  const std::stop_token none;
  bool moved = true;
  for (int rounds = 0; moved && rounds < 50; ++rounds) {
    moved = decider.run_once(none);
    moved = planner.run_once(none) || moved;
    moved = executor.run_once(none) || moved;
    moved = sender.run_once(none) || moved;
    moved = slack_sender.run_once(none) || moved;
  }
}

int House::heard(const std::string& part) const {
  return static_cast<int>(std::ranges::count_if(
      said(), [&](const std::string& text) { return text.find(part) != std::string::npos; }));
}

VoteAnswer House::vote(core::RunId id, const std::string& who, core::VoteChoice choice) {
  Ballot ballot;
  ballot.run = id;
  ballot.voter = {"mm:" + who, who};
  ballot.choice = choice;
  ballot.act_id = "mm:act" + std::to_string(++acts_);
  ballot.via = "button";
  return voting.cast(ballot);
}

core::Run House::run(core::RunId id) {
  return *deps.db.transact("read", [&](store::Tx& tx) { return store::find_run(tx, id); });
}

core::Run House::only_run() {
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "1");
  return run({std::stoll("0" + database.value("SELECT max(run_id) FROM cs.run"))});
}

std::vector<std::string> House::said() const {
  std::vector<std::string> out;
  for (const auto& o : chat.sent) out.push_back(core::as_text(o.message));
  return out;
}

}  // namespace countersign::engine
