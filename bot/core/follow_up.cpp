#include "bot/core/follow_up.h"

#include <algorithm>

#include "bot/core/text_template.h"

namespace countersign::core {
namespace {

bool did_something(const Run& run) {
  return run.attempt > 0 && run.outcome.value("class", "") != name(OutcomeClass::not_applied) &&
         !run.outcome.contains("settled_as");
}

}  // namespace

std::optional<Purpose> follow_up_of(const Run& run, const Action& action) {
  if (run.simulated) return std::nullopt;
  if (run.state == RunState::succeeded && run.purpose != Purpose::verify && action.verify)
    return Purpose::verify;
  const bool bad = run.state == RunState::failed || run.state == RunState::dead;
  const bool takes_back =
      run.purpose == Purpose::verify || (run.purpose == Purpose::remedy && did_something(run));
  if (bad && takes_back && action.rollback) return Purpose::rollback;
  return std::nullopt;
}

Result<Json> follow_up_parameters(const FollowUp& follow_up, const Json& bound,
                                  const Action& next) {
  if (!follow_up.parameters.is_null()) return render_all(follow_up.parameters, bound);
  Json same = Json::object();
  for (const Parameter& parameter : next.parameters) {
    const auto given = bound.find(parameter.name);
    if (given != bound.end() && !given->is_null() && !parameter.immutable)
      same[parameter.name] = *given;
  }
  return same;
}

}  // namespace countersign::core
