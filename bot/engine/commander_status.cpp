// !status and !pending: what is going on, and what waits for whom.
#include "bot/engine/commander.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/approvals.h"
#include "bot/store/outbox.h"
#include "bot/store/runs.h"

namespace countersign::engine {

Commander::Reply Commander::status(store::Tx& tx, const Call& call) {
  core::Message m = note(core::Tone::neutral, "Status");
  const auto counts = store::count_runs_by_state(tx);
  std::vector<std::string> words;
  for (const auto& [state, n] : counts) {
    const auto known = core::parse_run_state(state);
    words.push_back(std::to_string(n) + " " +
                    std::string(known ? state_words(*known) : std::string_view(state)));
  }
  m.fields.push_back({"Runs", {core::plain(words.empty() ? "none yet" : join(words, ", "))}});
  m.fields.push_back({"Events waiting", {core::plain(std::to_string(store::queue_depth(tx)))}});
  m.fields.push_back(
      {"Rules",
       {core::plain(std::to_string(call.now.catalog->rules.size()) + " rules, " +
                    std::to_string(call.now.catalog->actions.size()) + " actions")}});
  m.fields.push_back({"Version", {core::plain(COUNTERSIGN_VERSION)}});
  using R = core::RunState;
  for (const auto& run : store::runs_in_states(tx,
                                               {R::planned, R::awaiting_approval, R::ready,
                                                R::claimed, R::executing, R::unknown, R::held},
                                               10)) {
    m.lines.push_back({core::bold(show(run.id)), core::plain(" "), core::code(run.action),
                       core::plain(" " + std::string(state_words(run.state)) + ", since "),
                       core::time(run.updated_at)});
  }
  if (m.lines.empty()) m.lines.push_back({core::plain("Nothing is under way.")});
  return {m, false, {}};
}

Commander::Reply Commander::pending(store::Tx& tx, const Call&) {
  core::Message m = note(core::Tone::neutral, "Waiting for people");
  for (const auto& approval : store::pending_approvals(tx, 20)) {
    const auto run = store::find_run(tx, approval.run);
    if (!run) continue;
    const int missing = approval.quorum - static_cast<int>(approval.approvers.size());
    m.lines.push_back(
        {core::bold(show(run->id)), core::plain(" "), core::code(run->action),
         core::plain(run->plan ? " on " + core::make_visible(join(run->plan->targets, ", "), 120)
                               : ""),
         core::plain(": " + std::to_string(missing) + " more of " + join(approval.roles, ", ") +
                     ", until "),
         core::time(approval.expires_at)});
  }
  for (const auto& run :
       store::runs_in_states(tx, {core::RunState::unknown, core::RunState::held}, 20)) {
    m.lines.push_back({core::bold(show(run.id)), core::plain(" "), core::code(run.action),
                       core::plain(": " + std::string(state_words(run.state)) +
                                   ", a person has to say what next")});
  }
  if (m.lines.empty()) m.lines.push_back({core::plain("Nothing waits for anybody.")});
  return {m, false, {}};
}

}  // namespace countersign::engine
