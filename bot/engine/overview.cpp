#include "bot/engine/overview.h"

#include <algorithm>
#include <array>

#include "bot/engine/narrate.h"
#include "bot/engine/narrate_approval.h"
#include "bot/engine/refs.h"
#include "bot/engine/rule_breakers.h"

namespace countersign::engine {
namespace {

using core::RunState;

constexpr std::array kBusy = {RunState::planned, RunState::ready, RunState::claimed,
                              RunState::executing};

bool waits_for_people(const core::Run& run) {
  return std::ranges::find(kBusy, run.state) == kBusy.end();
}

// "R12 ops.rotate_logs on web-3"
core::Line naming(const core::Run& run) {
  core::Line line = {core::bold(show(run.id)), core::plain(" "), core::code(run.action)};
  if (run.plan && !run.plan->targets.empty())
    line.push_back(core::plain(" on " + core::make_visible(join(run.plan->targets, ", "), 60)));
  return line;
}

core::Line waiting_line(const Overview& overview, const core::Run& run) {
  core::Line line = naming(run);
  const auto approval = std::ranges::find(overview.approvals, run.id, &core::Approval::run);
  if (approval == overview.approvals.end()) {
    line.push_back(core::plain(": " + std::string(state_words(run.state)) +
                               ", a person has to say what next, since "));
    line.push_back(core::time(run.updated_at));
    return line;
  }
  line.push_back(core::plain(": " + missing_words(*approval) + ", until "));
  line.push_back(core::time(approval->expires_at));
  return line;
}

core::Line review_line(const Overview& overview, const store::Review& review) {
  return {core::bold(show(review.id)),
          core::plain(" review of " + show(review.run) + ", started alone by "),
          core::person(review.by.key, review.by.name),
          core::plain(": "),
          core::code(overview.prefix + "close " + show(review.id)),
          core::plain(" by another person")};
}

core::Line busy_line(const core::Run& run) {
  core::Line line = naming(run);
  line.push_back(core::plain(": " + std::string(state_words(run.state)) + ", since "));
  line.push_back(core::time(run.updated_at));
  return line;
}

std::string count(std::size_t n, const std::string& one, const std::string& many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

// Freezes and stopped rules: what keeps others from beginning.
std::vector<core::Line> restraints(const Overview& overview) {
  std::vector<core::Line> out;
  for (const FreezeInForce& freeze : overview.freezes) {
    out.push_back(freeze_line(freeze, overview.prefix));
    out.back().insert(out.back().begin(), core::plain("Frozen by "));
  }
  for (const core::RuleBreaker& breaker : overview.breakers)
    out.push_back(
        {core::plain("Rule "), core::code(breaker.rule),
         core::plain(" is stopped because " + breaker.why + ", " + until_words(breaker) + ": "),
         core::code(overview.prefix + "breaker close " + breaker.rule)});
  return out;
}

// The first few; the rest is a number.
void add_some(core::Message& m, const std::vector<core::Line>& lines, const std::string& more,
              std::size_t most = Overview::kShown) {
  const auto shown = std::min(lines.size(), most);
  m.lines.insert(m.lines.end(), lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(shown));
  if (shown < lines.size())
    m.lines.push_back(
        {core::plain("… and " + std::to_string(lines.size() - shown) + " more" + more)});
}

core::Line action_line(const std::string& ref, const core::Action& action) {
  std::string parameters;
  for (const auto& p : action.parameters)
    parameters += p.immutable ? "" : p.required ? " " + p.name + "=" : " [" + p.name + "=]";
  core::Line line = {core::code(ref + parameters),
                     core::plain(" · " + std::string(core::name(action.tier)))};
  if (!action.description.empty())
    line.push_back(core::plain(" · " + core::make_visible(action.description, 100)));
  return line;
}

core::Message help_on(const std::string& prefix, const CommandHelp& command,
                      const config::Catalog& catalog, const std::string& narrow) {
  core::Message m = note(core::Tone::neutral, prefix + command.name);
  m.lines.push_back({core::code(prefix + command.usage)});
  m.lines.push_back({core::plain(command.summary + ".")});
  if (command.name != "remediate") return m;
  std::vector<core::Line> actions;
  for (const auto& [ref, action] : catalog.actions) {
    if (action.enabled && ref.find(narrow) != std::string::npos)
      actions.push_back(action_line(ref, action));
  }
  if (actions.empty())
    m.lines.push_back(
        {core::plain("No action has " + core::make_visible(narrow, 60) + " in its name.")});
  add_some(m, actions, "; narrow it down: " + prefix + "help remediate TEXT", Overview::kListed);
  return m;
}

// Without a standby there is no failover to speak of.
const std::map<std::string, std::string> kFailover = {
    {"sync", "synchronous: a failover loses nothing"},
    {"async", "asynchronous: a failover may lose the last moments"}};

}  // namespace

core::Message status_message(const Overview& overview) {
  std::vector<core::Line> waiting;
  std::vector<core::Line> busy;
  for (const auto& run : overview.open) {
    waits_for_people(run) ? waiting.push_back(waiting_line(overview, run))
                          : busy.push_back(busy_line(run));
  }
  const std::string headline = overview.halt ? "halted"
                               : !waiting.empty()
                                   ? count(waiting.size(), "run waits", "runs wait") + " for people"
                               : !busy.empty() ? "working"
                                               : "nothing is under way";
  core::Message m = note(waiting.empty() ? core::Tone::good : core::Tone::waiting, "Status");
  m.title.push_back(core::plain(" · " + headline));
  m.fallback = "Status: " + headline;
  if (overview.halt || !overview.freezes.empty() || !overview.breakers.empty())
    m.tone = core::Tone::warning;
  if (overview.halt) {
    core::Line line{core::plain("Halted by "),
                    core::person(overview.halt->by.key, overview.halt->by.name),
                    core::plain(" at "), core::time(overview.halt->at)};
    if (!overview.halt->why.empty())
      line.push_back(core::plain(": " + core::make_visible(overview.halt->why, 300)));
    line.push_back(core::plain(". Nothing that changes something starts; "));
    line.push_back(core::code(overview.prefix + "resume"));
    line.push_back(core::plain(" lifts it."));
    m.lines.push_back(std::move(line));
  }
  add_some(m, restraints(overview), " in force");
  add_some(m, waiting, ": " + overview.prefix + "pending");
  add_some(m, busy, " under way");
  std::vector<std::string> words;
  for (const auto& [state, n] : overview.runs) {
    const auto known = core::parse_run_state(state);
    words.push_back(std::to_string(n) + " " +
                    std::string(known ? state_words(*known) : std::string_view(state)));
  }
  m.fields.push_back({"Runs", {core::plain(words.empty() ? "none yet" : join(words, ", "))}});
  if (overview.events_waiting > 0)
    m.fields.push_back(
        {"Events to decide", {core::plain(std::to_string(overview.events_waiting))}});
  if (overview.dead_letters > 0)
    m.fields.push_back({"Dead letters",
                        {core::plain(std::to_string(overview.dead_letters) + ": "),
                         core::code(overview.prefix + "dead-letters")}});
  if (const auto known = kFailover.find(overview.durability); known != kFailover.end())
    m.fields.push_back({"Database", {core::plain(known->second)}});
  // One of one is nothing to tell.
  for (const auto& replica : overview.replicas) {
    if (overview.replicas.size() == 1) break;
    m.fields.push_back(
        {"Replica",
         {core::code(replica.name), core::plain(" " + replica.version + ", since "),
          core::time(replica.started_at),
          core::plain(replica.chats.empty() ? "" : ", speaks in " + replica.chats)}});
  }
  m.footer = {{core::plain(count(overview.rules, "rule", "rules") + " · " +
                           count(overview.actions, "action", "actions") + " · Countersign " +
                           COUNTERSIGN_VERSION)}};
  return m;
}

core::Message pending_message(const Overview& overview) {
  std::vector<core::Line> waiting;
  for (const auto& run : overview.open) {
    if (waits_for_people(run)) waiting.push_back(waiting_line(overview, run));
  }
  for (const auto& review : overview.reviews) waiting.push_back(review_line(overview, review));
  core::Message m = note(waiting.empty() ? core::Tone::good : core::Tone::waiting,
                         waiting.empty() ? "Nothing waits for anybody" : "Waiting for people");
  add_some(m, waiting, "", Overview::kListed);
  for (const auto& standing : overview.standings)
    m.lines.push_back(
        {core::bold(show(standing.id)), core::plain(" lets "), core::code(standing.rule),
         core::plain(" start on " + core::make_visible(join(standing.targets, ", "), 80) +
                     ", used " + std::to_string(standing.used) + " of " +
                     std::to_string(standing.times) + " times, until "),
         core::time(standing.until)});
  return m;
}

core::Message help_message(const std::string& prefix, const std::vector<CommandHelp>& commands,
                           const config::Catalog& catalog, const std::vector<std::string>& wanted) {
  if (!wanted.empty()) {
    const auto name = wanted.front().substr(wanted.front().starts_with(prefix) ? prefix.size() : 0);
    const auto found = std::ranges::find(commands, name, &CommandHelp::name);
    if (found != commands.end())
      return help_on(prefix, *found, catalog, wanted.size() > 1 ? wanted[1] : "");
    return note(core::Tone::bad, "There is no command " + core::make_visible(name, 60) + ".");
  }
  core::Message m = note(core::Tone::neutral, "What I can do");
  core::Line rare{core::plain("Also ")};
  for (const auto& command : commands) {
    if (!command.rare) {
      m.lines.push_back({core::code(prefix + command.name), core::plain(" " + command.summary)});
      continue;
    }
    if (rare.size() > 1) rare.push_back(core::plain(", "));
    rare.push_back(core::code(prefix + command.name));
  }
  if (rare.size() > 1) m.lines.push_back(rare);
  m.footer = {{core::plain("More: "), core::code(prefix + "help COMMAND"),
               core::plain(" · " + count(catalog.actions.size(), "action", "actions") + ": "),
               core::code(prefix + "help remediate"),
               core::plain(" · in a thread of mine, just ask: why did this run?")}};
  return m;
}

}  // namespace countersign::engine
