#include "bot/engine/editing.h"

#include <algorithm>

#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

std::string as_typed(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

core::FormField field_of(const core::Parameter& parameter, const Json& value) {
  core::FormField field;
  field.id = parameter.name;
  field.label = parameter.name;
  field.hint = core::make_visible(parameter.description, 120);
  field.value = as_typed(value);
  field.required = parameter.required;
  for (const Json& choice : parameter.choices)
    field.choices.push_back({as_typed(choice), as_typed(choice)});
  if (parameter.choices.empty() && parameter.types == std::vector<std::string>{"boolean"})
    field.choices = {{"true", "yes"}, {"false", "no"}};
  if (!field.choices.empty()) field.kind = core::FormField::Kind::choice;
  if (field.value.find('\n') != std::string::npos) field.kind = core::FormField::Kind::paragraph;
  return field;
}

// What differs from the plan that was shown; what was left as it stood is no change.
Json changed_values(const core::Plan& plan, const Json& values) {
  Json out = Json::object();
  for (const auto& [name, value] : values.items()) {
    const Json before = plan.parameters.contains(name) ? plan.parameters[name] : Json();
    if (as_typed(before) != as_typed(value)) out[name] = value;
  }
  return out;
}

std::vector<std::string> change_words(const core::Plan& plan, const Json& values) {
  std::vector<std::string> out;
  for (const auto& [name, value] : values.items()) {
    out.push_back(name + ": " +
                  (plan.parameters.contains(name) ? as_typed(plan.parameters[name]) : "(not set)") +
                  " → " + as_typed(value));
  }
  return out;
}

Error too_late(const core::Run& run) {
  return refused(show(run.id) + " is " + std::string(state_words(run.state)) +
                 " and cannot be changed any more");
}

}  // namespace

Result<core::Form> Editing::form(const core::Run& run) const {
  if (run.state != core::RunState::awaiting_approval || !run.plan) return too_late(run);
  const auto now = deps_.current.get();
  const core::Action* action = now->catalog->action(run.action);
  if (!action) return not_found("action " + run.action + " does not exist any more");
  core::Form form;
  form.title = "Change " + show(run.id);
  form.submit = "Make a new plan";
  form.intro =
      run.action + ": with other parameters this is a new plan that needs its own approval.";
  for (const core::Parameter& parameter : action->parameters) {
    if (parameter.immutable || parameter.secret || form.fields.size() == kFields) continue;
    form.fields.push_back(field_of(parameter, run.plan->parameters.value(parameter.name, Json())));
  }
  if (form.fields.empty()) return refused(run.action + " has no parameters that could be changed");
  return form;
}

Result<void> Editing::change(store::Tx& tx, const Change& change,
                             const core::Electorate& electorate) const {
  auto run = store::lock_run(tx, change.run);
  if (!run) return not_found("there is no " + show(change.run));
  if (run->state != core::RunState::awaiting_approval || !run->plan) return too_late(*run);
  if (!change.plan_hash.empty() && change.plan_hash != run->plan_hash)
    return refused("The plan has changed meanwhile. Look at the current one");
  if (!electorate.find(change.who.key) && change.who.key != run->requester)
    return refused("Only whoever asked for " + show(run->id) + " or may approve it can change it");
  const Json values = changed_values(*run->plan, change.values);
  if (values.empty()) return refused("Nothing is different, so the plan stays as it is");
  const auto now = deps_.current.get();
  const core::Action* action = now->catalog->action(run->action);
  if (!action) return not_found("action " + run->action + " does not exist any more");
  Json parameters = run->parameters;
  parameters.update(values);
  if (const auto bound = core::bind_parameters(*action, parameters); !bound) return bound.error();

  const auto words = change_words(*run->plan, values);
  if (const auto approval = store::lock_approval(tx, run->approval)) {
    const auto after =
        core::step(*approval, core::ApprovalEvent::replace, change.who.key, tx.now());
    if (after) store::save_approval(tx, *after, approval->state);
  }
  announcer_.retire_plan(tx, *run, electorate);
  auto message = note(core::Tone::neutral, "");
  message.fallback = change.who.name + " changed " + show(run->id);
  message.title = {core::person(change.who.key, change.who.name),
                   core::plain(" changed " + show(run->id) + "; a new plan follows")};
  for (const auto& line : words)
    message.lines.push_back({core::code(core::make_visible(line, 300))});
  announcer_.say_in_thread(tx, *run, message);
  run->parameters = parameters;
  if (std::ranges::find(run->editors, change.who.key, &core::Person::key) == run->editors.end())
    run->editors.push_back(change.who);
  run->state = core::RunState::planned;
  store::save_run(tx, *run, core::RunState::awaiting_approval, run->fence);
  store::add_audit(tx, {change.who.key,
                        "run.edited",
                        "run:" + run->id.text(),
                        run->correlation,
                        {{"changes", words}, {"plan", run->plan_hash}, {"name", change.who.name}},
                        {}});
  return {};
}

}  // namespace countersign::engine
