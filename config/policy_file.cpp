#include "config/policy_file.h"

#include <fmt/format.h>

#include "bot/core/digest.h"
#include "config/failure_parts.h"
#include "config/pack_parts.h"

namespace countersign::config {
namespace {

using core::OutcomeClass;

const std::vector<std::string> kKeys = {"name",         "pack",        "description", "enabled",
                                        "resource_ref", "policy_type", "parameters"};
constexpr char kRetry[] = "action.retry";
constexpr char kConcurrency[] = "action.concurrency";
constexpr char kByAttributes[] = "action.concurrency.attr";
const std::vector<std::string> kTypes = {kRetry, kConcurrency, kByAttributes};

}  // namespace

void Policies::said_by_action(const std::string& ref, const Reader& action) {
  for (const char* about : {"retry", "concurrency"}) {
    if (action.at(about).present()) said_.emplace(ref + " " + about, action.file());
  }
}

core::Action* Policies::find(const Reader& root) {
  const Reader reader = root.at("resource_ref");
  const std::string ref = reader.required_text();
  if (ref.empty() || broken_.contains(ref)) return nullptr;
  const auto found = actions_.find(ref);
  if (found != actions_.end()) return &found->second;
  std::vector<std::string> known;
  for (const auto& [name, action] : actions_) known.push_back(name);
  reader.error(unknown("action", ref, known));
  return nullptr;
}

bool Policies::first_word(const Reader& type, const std::string& ref, const std::string& about) {
  const auto [said, fresh] = said_.emplace(ref + " " + about, type.file());
  if (!fresh) type.error(fmt::format("the {} of {} is in {} already", about, ref, said->second));
  return fresh;
}

void Policies::apply(const Reader& root, const std::string& pack) {
  if (!root.required() || !root.map_of(kKeys)) return;
  read_resource_name(root);
  if (root.at("pack").text(pack) != pack)
    root.at("pack").error(fmt::format("the file lies in the pack '{}'", pack));
  const Reader type = root.at("policy_type");
  const std::string kind = type.required() ? type.word(kTypes, "") : "";
  core::Action* action = find(root);
  if (kind.empty() || !action || !root.at("enabled").flag(true)) return;
  if (!first_word(type, action->ref, kind == kRetry ? "retry" : "concurrency")) return;
  if (kind == kRetry) {
    apply_retry(root.at("parameters"), *action);
  } else {
    apply_concurrency(root.at("parameters"), *action, kind == kByAttributes);
  }
  action->content_hash = core::sha256_of_parts(action->content_hash, root.json().dump());
}

// StackStorm counts retries, we count tries; its delay is the same before each of them.
void Policies::apply_retry(const Reader& parameters, core::Action& action) {
  parameters.map_of({"retry_on", "max_retry_count", "delay"});
  const Reader reader = parameters.at("retry_on");
  const bool given = parameters.required() && reader.required();
  const bool timeout = given && reader.word({"failure", "timeout"}, "failure") == "timeout";
  // What ran into its time limit may or may not have taken effect.
  action.retry.on = timeout ? std::vector{OutcomeClass::ambiguous}
                            : std::vector{OutcomeClass::failed, OutcomeClass::not_applied};
  if (given) check_repeatable(reader, core::effect_of(action), action.retry.on.front());
  action.retry.attempts = 1 + static_cast<int>(parameters.at("max_retry_count").number(1, 5, 2));
  action.retry.base = std::chrono::seconds(parameters.at("delay").number(0, 120, 0));
  action.retry.cap = action.retry.base;
}

void Policies::apply_concurrency(const Reader& parameters, core::Action& action,
                                 bool by_attributes) {
  parameters.map_of({"threshold", "action", "attributes"});
  if (!parameters.required() || !parameters.at("threshold").required()) return;
  action.concurrency = static_cast<int>(parameters.at("threshold").number(1, 1000, 1));
  if (parameters.at("action").word({"delay", "cancel"}, "delay") == "cancel")
    parameters.at("action").warning("runs beyond the threshold wait, they are not cancelled");
  if (by_attributes)
    parameters.at("attributes")
        .warning("all runs of the action count, whatever the values of these parameters");
}

}  // namespace countersign::config
