// What a person fills in: the windows behind buttons and menus, and what comes back from them.
#include "bot/engine/dead_letters.h"
#include "bot/engine/desk.h"
#include "bot/engine/refs.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

core::Form reason_form(const std::string& title, const std::string& submit,
                       const std::string& label = "Reason") {
  core::Form form;
  form.title = title;
  form.submit = submit;
  core::FormField reason;
  reason.kind = core::FormField::Kind::paragraph;
  reason.id = "reason";
  reason.label = label;
  reason.hint = "Everybody in the channel can read it; it stays in the record.";
  reason.longest = 500;
  form.fields = {reason};
  return form;
}

std::string value_of(const core::Act& act, const char* field, std::size_t longest) {
  const auto found = act.values.find(field);
  return found == act.values.end() ? "" : core::make_visible(found->second, longest);
}

}  // namespace

core::ActAnswer Desk::open_form(const Press& pressed) const {
  core::ActAnswer answer;
  answer.form = pressed.verb == "enrol"
                    ? step_up_.enrol_form()
                    : reason_form("Close the review", "Close", "What you found");
  answer.form->context = seal(pressed, deps_.button_key);
  return answer;
}

core::ActAnswer Desk::choose(const core::Act& act, const Press& pressed) {
  core::ActAnswer answer;
  Press next = pressed;
  next.verb = act.choice;
  if (act.choice == "cancel") return withdraw(act, pressed);
  if (act.choice == "denywhy") {
    answer.form = reason_form("Deny " + show(pressed.run), "Deny");
  } else if (act.choice == "glass") {
    answer.form = reason_form("Start " + show(pressed.run) + " alone", "Break the glass");
    answer.form->intro =
        "It starts with your word alone. The managers are told, and another person "
        "has to review it afterwards.";
    if (glass_.asks_for_code(pressed.run))
      answer.form->fields.push_back(step_up_.code_form(pressed.run).fields.front());
  } else if (act.choice == "edit") {
    const auto run = deps_.db.transact(
        "read run", [&](store::Tx& tx) { return store::find_run(tx, pressed.run); });
    const auto form = run ? editing_.form(*run) : not_found("there is no such plan");
    if (!form) return said(form.error().message + ".");
    answer.form = *form;
  } else {
    return said("There is no such choice. Nothing was done.");
  }
  answer.form->context = seal(next, deps_.button_key);
  return answer;
}

core::ActAnswer Desk::answer_form(const core::Act& act, const Press& pressed) {
  if (pressed.verb == "edit") return edit(act, pressed);
  if (pressed.verb == "denywhy") return deny(act, pressed);
  if (pressed.verb == "enrol") return enrol(act);
  if (pressed.verb == "approve") return approve_with_code(act, pressed);
  if (pressed.verb == "glass") return break_glass(act, pressed);
  if (pressed.verb == "review") return close_review(act, pressed);
  return said("This form is not one of mine. Nothing was done.");
}

core::ActAnswer Desk::deny(const core::Act& act, const Press& pressed) {
  Ballot ballot = ballot_of(act, pressed, core::VoteChoice::deny, "form");
  ballot.reason = value_of(act, "reason", 500);
  return said(voting_.cast(ballot).words);
}

// The form came from a press of the plan's own button, which named the message.
core::ActAnswer Desk::approve_with_code(const core::Act& act, const Press& pressed) {
  Ballot ballot = ballot_of(act, pressed, core::VoteChoice::approve, "form");
  ballot.code = value_of(act, StepUp::kCode, 20);
  const auto answer = voting_.cast(ballot);
  if (answer.verdict != core::VoteVerdict::needs_code) return said(answer.words);
  core::ActAnswer again;
  again.errors[StepUp::kCode] = answer.words;
  return again;
}

core::ActAnswer Desk::break_glass(const core::Act& act, const Press& pressed) {
  const auto who = deps_.directory.identify(act.person);
  if (!who) return said(who.error().message + ".");
  const auto electorate = glass_.electorate();
  const auto done = deps_.db.transact("break glass", [&](store::Tx& tx) {
    return glass_.start(tx,
                        {pressed.run, *who, value_of(act, "reason", 500), act.id, pressed.plan_hash,
                         value_of(act, StepUp::kCode, 20)},
                        electorate);
  });
  deps_.signals.ready.ring();
  deps_.signals.outbox.ring();
  if (done) return {};
  if (done.error().kind != ErrorKind::invalid) return said(done.error().message + ".");
  core::ActAnswer again;
  again.errors[StepUp::kCode] = done.error().message + ".";
  return again;
}

core::ActAnswer Desk::close_review(const core::Act& act, const Press& pressed) {
  const auto who = deps_.directory.identify(act.person);
  if (!who) return said(who.error().message + ".");
  const auto review = glass_.open_review_of(pressed.run, pressed.approval);
  if (!review) return said("This review is closed already.");
  const auto holders = DeadLetters::holders(deps_);
  const auto done = deps_.db.transact("close review", [&](store::Tx& tx) {
    return glass_.close(tx, *review, *who, value_of(act, "reason", 500), holders);
  });
  deps_.signals.outbox.ring();
  return done ? said(show(*review) + " is closed.") : said(done.error().message + ".");
}

core::ActAnswer Desk::edit(const core::Act& act, const Press& pressed) {
  const auto who = deps_.directory.identify(act.person);
  if (!who) return said(who.error().message + ".");
  Json values = Json::object();
  for (const auto& [name, value] : act.values) values[name] = value;
  const auto electorate = voting_.electorate_of(pressed.run);
  const auto done = deps_.db.transact("edit", [&](store::Tx& tx) {
    return editing_.change(tx, {pressed.run, pressed.plan_hash, values, *who}, electorate);
  });
  deps_.signals.planned.ring();
  deps_.signals.outbox.ring();
  if (done) return {};
  // At the field it is about, if it names one.
  const std::string& why = done.error().message;
  for (const auto& [name, value] : act.values) {
    if (done.error().kind != ErrorKind::invalid || why.find(name) == std::string::npos) continue;
    core::ActAnswer answer;
    answer.errors[name] = why;
    return answer;
  }
  return said(why + ".");
}

core::ActAnswer Desk::enrol(const core::Act& act) {
  const auto who = deps_.directory.identify(act.person);
  if (!who) return said(who.error().message + ".");
  const auto code = act.values.find(StepUp::kCode);
  const auto done = deps_.db.transact("enrol", [&](store::Tx& tx) {
    return step_up_.confirm(tx, *who, code == act.values.end() ? "" : code->second);
  });
  if (done) return said("Your second factor is set up: I ask for a code where one is needed.");
  if (done.error().kind != ErrorKind::invalid) return said(done.error().message + ".");
  core::ActAnswer answer;
  answer.errors[StepUp::kCode] = done.error().message + ".";
  return answer;
}

}  // namespace countersign::engine
