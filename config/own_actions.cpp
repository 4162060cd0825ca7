#include "config/own_actions.h"

#include <map>

#include "bot/core/digest.h"

namespace countersign::config {
namespace {

core::Parameter parameter(const char* name, const char* type, const char* description) {
  core::Parameter out;
  out.name = name;
  out.types = {type};
  out.required = true;
  out.description = description;
  return out;
}

core::Action made(const char* ref, const char* description) {
  core::Action out;
  out.ref = ref;
  out.pack = kOwnPack;
  out.runner = kOwnRunner;
  out.description = description;
  out.idempotent = true;
  out.plan = {core::DryRun::Kind::argument, ""};
  out.rate_limit = core::RateLimit{20, std::chrono::hours(1)};
  out.content_hash = core::sha256_hex(std::string("1 ") + ref);
  return out;
}

core::Action grant_standing() {
  auto out = made(kGrantStanding,
                  "Lets runs of a rule start without asking, for a while and so many times.");
  out.targets = "{{ rule }}";
  auto times = parameter("times", "integer", "How many starts at most");
  for (int i = 1; i <= 100; ++i) times.choices.emplace_back(i);
  out.parameters = {
      parameter("rule", "string", "The rule whose runs it is for"),
      parameter("targets", "string", "The hosts it is for: names or patterns, with commas between"),
      parameter("until", "string", "The moment at which it ends, as 2026-01-31T18:00:00Z"),
      std::move(times)};
  return out;
}

core::Action promote_rule() {
  auto out = made(kPromoteRule, "Lets a rule act for its content: no longer as a dry run.");
  out.targets = "{{ rule }}";
  out.parameters = {parameter("rule", "string", "The rule"),
                    parameter("since", "string", "The moment at which its backtest begins"),
                    parameter("until", "string", "The moment at which its backtest ends")};
  return out;
}

}  // namespace

bool frees_a_rule(const std::string& ref) { return ref == kGrantStanding || ref == kPromoteRule; }

const core::Action* own_action(const std::string& ref) {
  static const std::map<std::string, core::Action> all{{kGrantStanding, grant_standing()},
                                                     {kPromoteRule, promote_rule()}};
  const auto found = all.find(ref);
  return found == all.end() ? nullptr : &found->second;
}

}  // namespace countersign::config
