// Every lint there is, in words. docs/rules/lint.md repeats them; a test compares the two.
#include "config/lint/lint.h"

namespace countersign::config {
namespace {

constexpr auto kError = Problem::Severity::error;
constexpr auto kWarning = Problem::Severity::warning;

}  // namespace

const std::vector<Lint>& lints() {
  static const std::vector<Lint> kLints{
      {"no-environment", kWarning,
       "a rule that changes something, for alerts, and says nothing about the environment",
       "Without `environments` a rule is for all that is not production, and an alert that names "
       "no "
       "environment counts as that.",
       "write environments: [...], or a criterion about the environment"},
      {"no-severity", kWarning,
       "a rule that changes something, for alerts, and asks for no severity",
       "The same alert is sent as a notice and as a page; a rule should say which of them it acts "
       "upon.",
       "write a criterion about the severity or priority"},
      {"contradiction", kWarning, "criteria that can never hold together, or one that never holds",
       "The rule is unreachable: no event can match it.", "mend the criteria or remove the rule"},
      {"wrong-environment", kWarning,
       "criteria for an environment that the rule is not for, or `environments` of an event that "
       "has none",
       "The rule is unreachable. Without `environments` no rule is for production; timers and chat "
       "commands are of no environment.",
       "make criteria and environments agree"},
      {"no-source", kWarning,
       "a trigger that no source, sensor or timer of the configuration sends",
       "The rule is unreachable, unless somebody's token sends such events.",
       "mend the trigger's type, or configure its source"},
      {"never-fires", kWarning, "a timer that has no moment left",
       "The rule is unreachable from now on.", "give it a moment to come, or remove the rule"},
      {"overlap", kWarning,
       "two rules of which one event can start both, each changing the same target",
       "The same thing is done twice, or two things at once to one host. Shown with an event that "
       "both match.",
       "let their criteria exclude each other, or make one rule of them"},
      {"loop", kError,
       "a rule whose action sends an event that starts it again, at once or over others",
       "Each round starts the next one. Nothing in the criteria stops it.",
       "add a criterion that what the action sends cannot meet"},
      {"may-loop", kWarning, "the same, where criteria may stop it",
       "What the action sends is not known in full, so nobody can tell whether they do.",
       "send a fixed field and let a criterion refuse it"},
      {"unbounded-regex", kWarning,
       "a regular expression that matches every text, begins with `.*`, repeats a repetition, or "
       "repeats very often",
       "Expressions run in linear time here, so this is no way to stall the bot (T22). But the "
       "first is no criterion, the second reads all of each text for nothing, the third takes "
       "for ever in engines that go back, and the last takes memory.",
       "anchor it, use regex or contains without '.*', repeat once"},
      {"unquoted-shell", kError,
       "a value of the event that a shell would read as part of its script",
       "Whoever can send an alert runs commands (T24).",
       "end the expression with '| quote' outside of quotes, or give the value to a program as an "
       "argument"},
      {"no-rate-limit", kError, "a rule with an action that changes something and no rate limit",
       "A flood of events would be a flood of runs.",
       "write rate_limit: {limit: N, per: 10m} into the rule or the action"},
      {"no-breaker", kWarning,
       "an action that changes something, fired by a rule, without a breaker",
       "What fails goes on being tried by every event.",
       "write breaker: {failures: 5, open_for: 5m} into the action, or one into the rule, or allow it"},
  };
  return kLints;
}

}  // namespace countersign::config
