// !breaker: the rules that are stopped, and letting one go on.
#include "bot/engine/commander.h"
#include "bot/engine/narrate.h"

namespace countersign::engine {
namespace {

Commander::Reply refusal(std::string words) {
  return {note(core::Tone::bad, std::move(words)), true, {}};
}

core::Message list_of(const std::vector<core::RuleBreaker>& open, const std::string& prefix) {
  if (open.empty()) return note(core::Tone::good, "No rule is stopped");
  core::Message m = note(core::Tone::warning, "Stopped rules");
  for (const core::RuleBreaker& breaker : open)
    m.lines.push_back({core::code(breaker.rule),
                       core::plain(": " + breaker.why + ", " + until_words(breaker) + ". "),
                       core::code(prefix + "breaker close " + breaker.rule)});
  return m;
}

}  // namespace

Commander::Reply Commander::breaker(store::Tx& tx, const Call& call) {
  const auto& words = call.command.words;
  const std::string& prefix = call.now.settings.command_prefix;
  if (words.empty()) return {list_of(RuleBreakers::open(tx, call.now), prefix), false, {}};
  if (words.front() != "close" || words.size() < 2)
    return refusal("Write " + prefix + "breaker close RULE, or " + prefix + "breaker for a list.");
  if (!may_switch(call)) return refusal("Only somebody who holds a role can do that.");
  const core::Rule* rule = call.now.catalog->rule(words[1]);
  if (!rule) {
    std::vector<std::string> known;
    for (const core::Rule& one : call.now.catalog->rules) known.push_back(one.ref());
    const std::string near = config::nearest(words[1], known);
    return refusal("There is no rule " + core::make_visible(words[1], 80) + "." +
                   (near.empty() ? "" : " Did you mean " + near + "?"));
  }
  const std::string why = join({words.begin() + 2, words.end()}, " ");
  if (!breakers_.close(tx, *rule, call.who, why, call.event))
    return refusal("Rule " + rule->ref() + " is not stopped.");
  return {note(core::Tone::good, "Rule " + rule->ref() + " goes on."), false, {}};
}

}  // namespace countersign::engine
