#include "bot/engine/ask.h"

#include <algorithm>

#include "bot/core/digest.h"
#include "bot/engine/plan_maker.h"
#include "bot/engine/planner.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {

std::pair<core::RunId, bool> ask_for_run(store::Tx& tx, const Snapshot& now, const Ask& ask) {
  core::Run run;
  run.rule = ask.rule ? ask.rule->ref() : "";
  run.rule_hash = ask.rule ? ask.rule->content_hash : "";
  run.key = core::sha256_of_parts(run.rule, ask.action.ref, ask.identity);
  run.event = ask.event.id;
  run.correlation = ask.event.correlation;
  run.action = ask.action.ref;
  run.parameters = ask.parameters;
  run.tier = ask.action.tier;
  run.effect = core::effect_of(ask.action);
  run.retry = ask.action.retry;
  run.simulated = ask.simulated;
  run.purpose = ask.purpose;
  run.parent = ask.parent;
  run.environment = core::Environments::of(ask.event);
  run.needs_approval = demand_for(now, run).asks();
  run.requester = ask.requester.key;
  run.requester_name = ask.requester.name;
  if (!ask.places.empty()) run.place = ask.places.front();
  for (std::size_t i = 1; i < ask.places.size(); ++i) run.mirrors.push_back({ask.places[i], ""});
  run.key_valid_for = ask.action.key_valid_for;
  if (ask.hold) run.state = core::RunState::held;
  if (ask.at_once) ask.at_once->done = ask.at_once->planner.plan_at_once(now, run);
  const auto created = store::create_run(tx, run);
  if (created.second) {
    store::add_audit(tx, {run.requester.empty() ? "rule:" + run.rule : run.requester,
                          "run.asked",
                          "run:" + created.first.text(),
                          run.correlation,
                          {{"action", run.action},
                           {"parameters", run.parameters},
                           {"rule", run.rule},
                           {"purpose", core::name(run.purpose)},
                           {"parent", run.parent.value},
                           {"held", ask.hold},
                           {"simulated", run.simulated}},
                          {}});
    run.id = created.first;
    if (ask.at_once && ask.at_once->done) ask.at_once->planner.tell(tx, run);
  }
  return created;
}

std::vector<core::ChatPlace> places_for(const Snapshot& now, const core::Rule* rule) {
  std::vector<core::ChatPlace> places;
  const auto add = [&](const std::string& chat, const std::string& channel) {
    const core::ChatPlace place{chat, channel, ""};
    if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  };
  if (rule) {
    for (const core::NotifyTarget& to : rule->notify) {
      if (!to.chat.empty()) add(to.chat, to.channel);
      for (const config::Notify& everybody : now.settings.notify) {
        if (to.chat.empty()) add(everybody.chat, to.channel);
      }
    }
  }
  if (places.empty()) {
    for (const config::Notify& to : now.settings.notify) add(to.chat, to.channel);
  }
  return places;
}

}  // namespace countersign::engine
