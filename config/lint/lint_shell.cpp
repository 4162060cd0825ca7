// Values of an event on their way into a script that a shell reads (T24).
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <functional>
#include <set>

#include "bot/core/text_match.h"
#include "config/lint/findings.h"
#include "config/lint/regex_shape.h"

namespace countersign::config {
namespace {

const std::set<std::string, std::less<>> kShellRunners{"local-shell-cmd", "run-local",
                                                       "remote-shell-cmd", "run-remote"};
const std::set<std::string, std::less<>> kShellActions{"core.local", "core.local_sudo",
                                                       "core.remote", "core.remote_sudo"};
// Programs that read the argument after -c as a script, and one that reads all that follows.
const std::set<std::string, std::less<>> kShells{"sh",  "bash", "dash", "ash",
                                                 "zsh", "ksh",  "su",   "runuser"};
constexpr std::string_view kRemoteShell = "ssh";
const std::set<std::string, std::less<>> kQuoting{"quote", "shell_quote", "shlex_quote"};
const std::set<std::string, std::less<>> kNumbers{"int", "float", "length", "count"};

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The filter an expression ends with: "quote" of "trigger.host | quote".
std::string last_filter(const std::string& expression) {
  static const re2::RE2 kFilter(R"(\|\s*(\w+)\s*(?:\([^|]*\))?\s*-?$)");
  std::string out;
  re2::RE2::PartialMatch(expression, kFilter, &out);
  return out;
}

// The first expression of a script that a shell would read as more than one word of text. Only
// those are looked at that `matter`.
std::string unquoted(const std::string& script,
                     const std::function<bool(const std::string&)>& matters) {
  char quote = '\0';
  for (std::size_t i = 0; i < script.size(); ++i) {
    const bool expression = script.compare(i, 2, "{{") == 0;
    if (expression || script.compare(i, 2, "{%") == 0) {
      const auto end = script.find(expression ? "}}" : "%}", i);
      if (end == std::string::npos) return {};
      const std::string inside = script.substr(i + 2, end - i - 2);
      const std::string filter = last_filter(inside);
      const bool safe = (quote == '\0' && kQuoting.contains(filter)) || kNumbers.contains(filter);
      if (expression && matters(inside) && !safe) return script.substr(i, end + 2 - i);
      i = end + 1;
    } else if (script[i] == '\\' && quote != '\'') {
      ++i;
    } else if (quote == '\0' && (script[i] == '\'' || script[i] == '"')) {
      quote = script[i];
    } else if (script[i] == quote) {
      quote = '\0';
    }
  }
  return {};
}

bool is_payload(const std::string& expression) {
  static const re2::RE2 kTrigger(R"(\btrigger\b)");
  return re2::RE2::PartialMatch(expression, kTrigger);
}

bool holds_payload(const Json& value) {
  static const re2::RE2 kExpression(R"(\{\{[^}]*\btrigger\b)");
  return value.is_string() && re2::RE2::PartialMatch(value.get<std::string>(), kExpression);
}

// Would the parameter's own pattern refuse what a shell takes for more than text?
bool refuses_hostile(const std::string& pattern) {
  const auto shape = parse_regex(pattern);
  const auto harmless = shape ? example_of(*shape) : std::nullopt;
  if (!harmless || harmless->empty()) return false;
  const auto matches = [&](const std::string& text) {
    const re2::RE2 compiled(pattern, re2::RE2::Quiet);
    return !compiled.ok() || re2::RE2::PartialMatch(text, compiled);
  };
  for (const char* hostile : {";", "|", "&", "$(x)", "`x`", "\n", ">", "<", "'", "\"", " ", "\\"}) {
    for (const std::string& text :
         {hostile + *harmless, *harmless + hostile, *harmless + hostile + *harmless}) {
      if (matches(text)) return false;
    }
  }
  return true;
}

bool is_harmless(const core::Parameter& parameter) {
  const auto is_number = [](const std::string& type) {
    return type == "integer" || type == "number" || type == "boolean";
  };
  if (!parameter.choices.empty()) return true;
  if (!parameter.types.empty() && std::ranges::all_of(parameter.types, is_number)) return true;
  return !parameter.pattern.empty() && refuses_hostile(parameter.pattern);
}

// The arguments of a command that a shell reads.
std::vector<std::string> scripts_of(const core::Action& action) {
  std::vector<std::string> out;
  bool shell = kShells.contains(base_name(action.entry_point));
  bool remote = base_name(action.entry_point) == kRemoteShell;
  static const re2::RE2 kScriptFollows(R"(-[a-z]*c)");
  for (std::size_t i = 0; i < action.args.size(); ++i) {
    const std::string& argument = action.args[i];
    if (remote || (shell && i > 0 && re2::RE2::FullMatch(action.args[i - 1], kScriptFollows)))
      out.push_back(argument);
    shell = shell || kShells.contains(base_name(argument));
    remote = remote || base_name(argument) == kRemoteShell;
  }
  return out;
}

void report(const LintedRule& linted, const std::string& parameter, const std::string& what,
            Findings& findings) {
  findings.add("unquoted-shell", linted.root,
               linted.root.at("action").at("parameters").at(parameter), what);
}

// The parameter is the script.
void check_script(const LintedRule& linted, const std::string& parameter, Findings& findings) {
  const Json script = linted.rule->parameters.value(parameter, Json());
  if (!script.is_string()) return;
  const std::string found = unquoted(script.get<std::string>(), is_payload);
  if (!found.empty())
    report(linted, parameter, fmt::format("a shell reads '{}' as part of its script", found),
           findings);
}

void check_command(const LintedRule& linted, Findings& findings) {
  for (const std::string& script : scripts_of(*linted.action)) {
    for (const core::Parameter& parameter : linted.action->parameters) {
      const Json given = linted.rule->parameters.value(parameter.name, Json());
      if (!holds_payload(given) || is_harmless(parameter)) continue;
      const re2::RE2 name(fmt::format(R"(\b{}\b)", parameter.name));
      static const re2::RE2 kAlone(R"(\s*\{\{\s*(\w+)\s*\}\}\s*)");
      std::string alone;
      if (re2::RE2::FullMatch(script, kAlone, &alone) && alone == parameter.name) {
        check_script(linted, parameter.name, findings);
        continue;
      }
      const std::string found = unquoted(script, [&](const std::string& expression) {
        return re2::RE2::PartialMatch(expression, name);
      });
      if (!found.empty())
        report(linted, parameter.name,
               fmt::format("{} gives it to a shell as '{}' in '{}'", linted.action->ref, found,
                           script),
               findings);
    }
  }
}

}  // namespace

void find_shells(const LintInput& input, Findings& findings) {
  for (const LintedRule& linted : input.rules) {
    const core::Action* action = linted.action;
    if (kShellActions.contains(linted.rule->action) ||
        (action != nullptr && kShellRunners.contains(action->runner))) {
      check_script(linted, "cmd", findings);
    } else if (action != nullptr && action->runner == "command") {
      check_command(linted, findings);
    }
  }
}

}  // namespace countersign::config
