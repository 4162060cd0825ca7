// Rules whose actions send events that start them again, at once or over other rules (T30).
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "bot/core/match.h"
#include "config/lint/criteria_logic.h"
#include "config/lint/findings.h"

namespace countersign::config {
namespace {

constexpr std::string_view kHooks = "/hooks/";
constexpr std::string_view kEvents = "/api/v1/events";
constexpr std::string_view kEveryRun = "core.st2.generic.";  // actiontrigger, notifytrigger

// An event that a rule's action sends.
struct Emission {
  std::string trigger;       // empty: any
  std::optional<Json> body;  // expressions stand in it as they are written; nothing: not known
  std::string how;           // "its action posts to /hooks/custom"
};

struct Edge {
  std::size_t to;
  bool sure;  // no criterion stops it
  std::string how;
};

bool has_expression(const Json& value) { return value.dump().find("{{") != std::string::npos; }

// What the action gets for a parameter, as it is written; null if nothing.
Json given(const LintedRule& linted, const std::string& name) {
  if (linted.rule->parameters.contains(name)) return linted.rule->parameters.at(name);
  if (linted.action == nullptr) return nullptr;
  const auto& all = linted.action->parameters;
  const auto found = std::ranges::find(all, name, &core::Parameter::name);
  return found == all.end() ? Json() : found->fallback;
}

std::vector<std::string> own_addresses(const Settings& settings) {
  std::vector<std::string> out;
  const auto& server = settings.server;
  if (!server.public_url.empty()) out.push_back(server.public_url);
  for (const std::string& host : {server.address, std::string("localhost")})
    out.push_back(fmt::format("http://{}:{}", host, server.port));
  return out;
}

// What follows our own address in this text; nothing if it does not stand there.
std::optional<std::string> path_of_ours(const std::string& text, const Settings& settings) {
  for (const std::string& own : own_addresses(settings)) {
    const auto at = text.find(own + "/");
    if (at != std::string::npos) return text.substr(at + own.size());
  }
  return std::nullopt;
}

// What rules see of a body that is posted to the source.
std::optional<Json> seen_by_rules(const Source& source, const Json& body) {
  if (!body.is_object()) return std::nullopt;
  const Sender* sender = find_sender(source.kind);
  if (sender != nullptr && sender->shape == Shape::plain) return body;
  const bool alerts = sender != nullptr && sender->shape == Shape::alerts;
  const auto list = alerts ? body.find("alerts") : body.end();
  if (list == body.end() || !list->is_array() || list->empty()) return std::nullopt;
  return list->front();
}

std::optional<Emission> emission_to(const std::string& path, const Json& body,
                                    const Settings& settings) {
  if (path.starts_with(kEvents)) {
    const Json trigger = body.is_object() ? body.value("trigger", Json()) : Json();
    const bool known = trigger.is_string() && !has_expression(trigger);
    Emission out{known ? trigger.get<std::string>() : "", std::nullopt,
                 fmt::format("its action posts to {}", kEvents)};
    if (known && body.contains("payload")) out.body = body.at("payload");
    return out;
  }
  if (!path.starts_with(kHooks)) return std::nullopt;
  const std::string rest = path.substr(kHooks.size());
  const std::string name = rest.substr(0, rest.find_first_of("/?#\"' \n{"));
  const auto source = std::ranges::find(settings.sources, name, &Source::name);
  if (source == settings.sources.end()) return std::nullopt;
  return Emission{source->trigger, seen_by_rules(*source, body),
                  fmt::format("its action posts to {}{}", kHooks, name)};
}

std::optional<Emission> of_http(const LintedRule& linted, const Settings& settings) {
  const Json url = given(linted, "url"), method = given(linted, "method");
  const bool reads = method.is_null() || method == "GET" || method == "HEAD";
  const auto path =
      url.is_string() && !reads ? path_of_ours(url.get<std::string>(), settings) : std::nullopt;
  if (!path) return std::nullopt;
  return emission_to(*path, given(linted, "body"), settings);
}

// A program that is told our address is told it for a purpose.
std::optional<Emission> of_command(const LintedRule& linted, const Settings& settings) {
  std::vector<std::string> texts = linted.action->args;
  for (const core::Parameter& parameter : linted.action->parameters) {
    const Json value = given(linted, parameter.name);
    if (value.is_string()) texts.push_back(value.get<std::string>());
  }
  for (const std::string& text : texts) {
    const auto path = path_of_ours(text, settings);
    if (path) return emission_to(*path, nullptr, settings);
  }
  return std::nullopt;
}

std::optional<Emission> of_injection(const LintedRule& linted, const Settings&) {
  Json trigger = given(linted, "trigger_name");
  if (trigger.is_null()) trigger = given(linted, "trigger");
  const bool known = trigger.is_string() && !has_expression(trigger);
  Emission out{known ? trigger.get<std::string>() : "", std::nullopt,
               "its action injects a trigger"};
  if (const Json payload = given(linted, "payload"); payload.is_object()) out.body = payload;
  return out;
}

std::optional<Emission> emission_of(const LintedRule& linted, const Settings& settings) {
  const std::string& ref = linted.rule->action;
  if (ref == "core.inject_trigger") return of_injection(linted, settings);
  const std::string runner = linted.action != nullptr ? linted.action->runner
                             : ref == "core.http"     ? "http-request"
                                                      : "";
  if (runner == "http-request") return of_http(linted, settings);
  if (runner == "command") return of_command(linted, settings);
  return std::nullopt;
}

// "{{ trigger.labels.host }}" and nothing else: that place.
std::optional<std::vector<Place>> passed_on(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string text = value.get<std::string>();
  if (!text.starts_with("{{") || !text.ends_with("}}")) return std::nullopt;
  return places_of(text.substr(2, text.size() - 4));
}

enum class Meets { yes, no, unknown };

// Would the event that `sender` sends meet this criterion?
Meets meets(const core::Criterion& criterion, const Json& body, const core::Rule& sender) {
  const auto places = places_of(criterion.key);
  if (!places) return Meets::unknown;
  const Json* found = look(body, *places);
  const Json value = found == nullptr ? Json() : *found;
  if (const auto from = passed_on(value)) {
    // What started the sender met the same criterion in that place.
    const bool same = std::ranges::any_of(sender.criteria, [&](const core::Criterion& c) {
      return c.op == criterion.op && c.pattern == criterion.pattern && places_of(c.key) == from;
    });
    return same ? Meets::yes : Meets::unknown;
  }
  if (has_expression(value) || has_expression(criterion.pattern) ||
      core::asks_clock({.criteria = {criterion}}))
    return Meets::unknown;
  const Json context{{"trigger", body}};
  return core::evaluate(criterion, context, {}).matched ? Meets::yes : Meets::no;
}

std::optional<Edge> edge(const LintedRule& from, std::size_t to, const core::Rule& rule,
                         const Emission& sent) {
  const bool any = sent.trigger.empty() && !core::reserved_trigger(rule.trigger);
  if (!any && sent.trigger != rule.trigger) return std::nullopt;
  Edge out{to, !any, sent.how};
  for (const core::Criterion& criterion : rule.criteria) {
    const Meets met = sent.body ? meets(criterion, *sent.body, *from.rule) : Meets::unknown;
    if (met == Meets::no) return std::nullopt;
    out.sure = out.sure && met == Meets::yes;
  }
  return out;
}

// StackStorm sends these for every run of every action. Nothing here does, yet rules are written
// for both.
std::optional<Edge> edge_of_every_run(const LintedRule& from, std::size_t to,
                                      const core::Rule& rule) {
  if (!rule.trigger.starts_with(kEveryRun)) return std::nullopt;
  auto criteria = rule.criteria;
  criteria.push_back({"trigger.action_ref", "equals", from.rule->action});
  criteria.push_back(
      {"trigger.action_name", "equals", from.rule->action.substr(from.rule->action.find('.') + 1)});
  if (common_event(criteria).kind == CommonEvent::Kind::none) return std::nullopt;
  return Edge{to, false, "the end of its own run is such an event"};
}

class Graph {
 public:
  explicit Graph(const LintInput& input) : input_(input), edges_(input.rules.size()) {
    std::multimap<std::string, std::size_t> by_trigger;
    const auto& rules = input.rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].sound && rules[i].rule->enabled) by_trigger.emplace(rules[i].rule->trigger, i);
    }
    for (const auto& [trigger, i] : by_trigger) {
      const auto sent = emission_of(rules[i], input.settings);
      for (const auto& [heard, to] : by_trigger) {
        auto found = sent ? edge(rules[i], to, *rules[to].rule, *sent) : std::nullopt;
        if (!found && heard.starts_with(kEveryRun))
          found = edge_of_every_run(rules[i], to, *rules[to].rule);
        if (found) edges_[i].push_back(*found);
        if (!sent && !has_every_run(by_trigger)) break;
      }
    }
  }

  // The shortest way from a rule back to itself; empty: none.
  std::vector<const Edge*> cycle(std::size_t start, bool sure_only) const {
    std::map<std::size_t, const Edge*> reached;  // by which edge first
    std::map<std::size_t, std::size_t> before;
    std::deque<std::size_t> next{start};
    while (!next.empty()) {
      const std::size_t at = next.front();
      next.pop_front();
      for (const Edge& e : edges_[at]) {
        if ((sure_only && !e.sure) || !reached.emplace(e.to, &e).second) continue;
        before[e.to] = at;
        if (e.to == start) return way(start, reached, before);
        next.push_back(e.to);
      }
    }
    return {};
  }

 private:
  static bool has_every_run(const std::multimap<std::string, std::size_t>& rules) {
    const auto at = rules.lower_bound(std::string(kEveryRun));
    return at != rules.end() && at->first.starts_with(kEveryRun);
  }

  static std::vector<const Edge*> way(std::size_t start,
                                      const std::map<std::size_t, const Edge*>& reached,
                                      const std::map<std::size_t, std::size_t>& before) {
    std::vector<const Edge*> out;
    std::size_t at = start;
    do {
      out.push_back(reached.at(at));
      at = before.at(at);
    } while (at != start);
    std::ranges::reverse(out);
    return out;
  }

  const LintInput& input_;
  std::vector<std::vector<Edge>> edges_;
};

std::string told(const LintInput& input, std::size_t start, const std::vector<const Edge*>& way) {
  if (way.size() == 1) return "the rule starts itself: " + way.front()->how;
  std::string out = "the rules go round: " + input.rules[start].rule->ref();
  for (const Edge* e : way) out += " -> " + input.rules[e->to].rule->ref();
  return out;
}

}  // namespace

void find_loops(const LintInput& input, Findings& findings) {
  const Graph graph(input);
  std::set<std::set<std::size_t>> said;  // a round is the same from wherever it is entered
  for (std::size_t i = 0; i < input.rules.size(); ++i) {
    for (const bool sure : {true, false}) {
      const auto way = graph.cycle(i, sure);
      if (way.empty()) continue;
      std::set<std::size_t> members;
      for (const Edge* e : way) members.insert(e->to);
      const Reader& root = input.rules[i].root;
      if (said.insert(members).second)
        findings.add(sure ? "loop" : "may-loop", root, root.at("action"), told(input, i, way));
      break;
    }
  }
}

}  // namespace countersign::config
