#include "bot/engine/step_up.h"

#include "bot/core/sealed_text.h"
#include "bot/engine/ask.h"
#include "bot/engine/button_seal.h"
#include "bot/engine/narrate.h"
#include "bot/engine/private_note.h"
#include "bot/engine/refs.h"
#include "bot/obs/log.h"
#include "bot/store/audit.h"

namespace countersign::engine {
namespace {

constexpr int kSecretBytes = 20;  // RFC 4226, 4: as long as the digest
constexpr char kNoKey[] =
    "One-time codes cannot be used here: the configuration has no step_up.key";

std::string bound_to(const core::Person& who) { return "the step-up secret of " + who.key; }

std::string clock_words(core::Instant t) { return core::format_instant(t).substr(11, 5) + " UTC"; }

std::string command_of(const Snapshot& now) { return now.settings.command_prefix + "enrol"; }

Result<void> answer(core::CodeVerdict verdict, const core::SecondFactor& after) {
  using enum core::CodeVerdict;
  const std::string until = after.locked_until ? clock_words(*after.locked_until) : "";
  if (verdict == right) return {};
  if (verdict == locked)
    return refused("Too many codes were wrong; no code is taken from you until " + until);
  if (verdict == used)
    return invalid("That code was used already; wait for the next one, each counts once");
  if (!until.empty())
    return refused("That code is wrong, and it was the last try; no code is taken from you until " +
                   until);
  const int left = core::kWrongCodes - after.failures;
  return invalid("That code is wrong; " + (left == 1 ? std::string("one try is left")
                                                     : std::to_string(left) + " tries are left"));
}

// "ABCD EFGH ..."
std::string in_fours(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) out += (i == 0 ? "" : " ") + text.substr(i, 4);
  return out;
}

core::Form form_of(std::string title, std::string submit) {
  core::Form form;
  form.title = std::move(title);
  form.submit = std::move(submit);
  core::FormField code;
  code.id = StepUp::kCode;
  code.label = "One-time code";
  code.hint = "The six digits that your authenticator app shows now. Each code counts once.";
  code.longest = 20;
  form.fields = {code};
  return form;
}

}  // namespace

Result<void> StepUp::check(store::Tx& tx, const core::Person& who, const std::string& code) const {
  auto row = store::lock_step_up(tx, who.key);
  if (row && row->confirmed_at) return judge(tx, std::move(*row), code, tx.now());
  note(tx, who, "not_enrolled");
  return refused("This needs a one-time code, and you have no second factor yet: write " +
                 command_of(*deps_.current.get()));
}

Result<void> StepUp::confirm(store::Tx& tx, const core::Person& who,
                             const std::string& code) const {
  auto row = store::lock_step_up(tx, who.key);
  const std::string command = command_of(*deps_.current.get());
  if (!row) return refused("There is nothing to confirm: write " + command);
  if (row->confirmed_at) return refused("You are enrolled already");
  const core::Instant now = tx.now();
  if (now < row->made_at + kOffered) return judge(tx, std::move(*row), code, now);
  note(tx, who, "too_late");
  return refused("That key is older than " + core::format_duration(kOffered) +
                 " and was never confirmed: write " + command + " for a new one");
}

Result<void> StepUp::judge(store::Tx& tx, store::StepUpRow row, const std::string& code,
                           core::Instant now) const {
  const auto now_in_force = deps_.current.get();
  const auto& step_up = now_in_force->settings.step_up;
  const auto secret = step_up
                          ? core::open_text(row.sealed, step_up->key.reveal(), bound_to(row.who))
                          : std::nullopt;
  if (!secret) {
    note(tx, row.who, "unreadable");
    obs::error("a second factor cannot be opened with the configured step_up.key",
               {{"person", row.who.key}});
    return refused(step_up ? "Your second factor was sealed with another step_up.key than is "
                             "configured now; somebody else has to reset it"
                           : kNoKey);
  }
  const bool enrolling = !row.confirmed_at;
  const auto [verdict, after] = core::judge_code(row.factor, {*secret}, code, now);
  row.factor = after;
  if (verdict == core::CodeVerdict::right && enrolling) row.confirmed_at = now;
  store::save_step_up(tx, row);
  note(tx, row.who, core::name(verdict), {{"enrolling", enrolling}, {"failures", after.failures}});
  return answer(verdict, after);
}

void StepUp::note(store::Tx& tx, const core::Person& who, std::string_view verdict,
                  Json body) const {
  body["verdict"] = verdict;
  store::add_audit(tx, {who.key, "step_up.code", "step_up:" + who.key, {}, std::move(body), {}});
}

core::Form StepUp::code_form(core::RunId run) const {
  return form_of("Approve " + show(run), "Approve");
}

core::Form StepUp::enrol_form() const {
  core::Form form = form_of("Enrol", "Confirm");
  form.context = seal({"enrol", {}, {}, "", 0}, deps_.button_key);
  return form;
}

Result<core::Message> StepUp::offer(store::Tx& tx, const core::Person& who,
                                    const core::Person& account,
                                    const core::CorrelationId& correlation) const {
  const auto now = deps_.current.get();
  const auto& step_up = now->settings.step_up;
  if (!step_up) return refused(kNoKey);
  const std::string secret = core::unhex(deps_.ids.token(kSecretBytes)).value();
  const std::string nonce = core::unhex(deps_.ids.token(core::kSealNonce)).value();
  if (!store::offer_step_up(tx, who,
                            core::seal_text(secret, step_up->key.reveal(), nonce, bound_to(who))))
    return refused(
        "You are enrolled already. If your authenticator is lost, somebody else resets it: "
        "countersign step-up reset");
  store::add_audit(
      tx,
      {who.key, "step_up.offered", "step_up:" + who.key, correlation, {{"name", who.name}}, {}});
  return seal_note(
      offer_message(*now, who, secret),
      engine::note(core::Tone::neutral, "Your key was here; it is kept no longer. Write " +
                                            command_of(*now) + " for a new one"),
      account.key, *step_up, deps_.ids);
}

core::Message StepUp::offer_message(const Snapshot& now, const core::Person& who,
                                    const std::string& secret) const {
  const core::TotpKey key{secret};
  core::Message m = engine::note(
      core::Tone::waiting, "Your second factor",
      {{core::plain("Give this key to your authenticator app (time-based, six digits): "),
        core::code(in_fours(core::base32(secret)))},
       {core::plain("or open this address with it: "),
        core::code(core::otpauth_uri(key, now.settings.step_up->issuer, who.name))},
       {core::plain("Then enter the code that the app shows, within " +
                    core::format_duration(kOffered) + ".")}});
  core::Button enter;
  enter.id = "enrol";
  enter.label = "Enter a code";
  enter.style = core::Button::Style::primary;
  enter.context = seal({"enrol", {}, {}, "", 0}, deps_.button_key);
  m.buttons = {enter};
  m.without_buttons = {core::plain("Clicks do not reach me here, so it cannot be confirmed here.")};
  m.footer = {
      {core::plain("Whoever knows the key can make your codes. If this message stays in "
                   "the chat, delete it afterwards.")}};
  return m;
}

Result<void> StepUp::reset(store::Tx& tx, const Reset& order) const {
  if (order.whose.key == order.by.key)
    return refused("nobody resets their own second factor: another person has to");
  const auto row = store::lock_step_up(tx, order.whose.key);
  if (!row) return not_found(order.whose.name + " has no second factor");
  store::forget_step_up(tx, order.whose.key);
  store::add_audit(tx, {order.by.key,
                        "step_up.reset",
                        "step_up:" + order.whose.key,
                        {},
                        {{"why", order.why},
                         {"via", order.via},
                         {"name", row->who.name},
                         {"by_name", order.by.name}},
                        {}});
  for (const auto& place : places_for(*deps_.current.get(), nullptr)) {
    announcer_.reply(tx, place, {},
                     engine::note(core::Tone::warning,
                                  order.by.name + " has reset the second factor of " +
                                      row->who.name + ": " + core::make_visible(order.why, 300)));
  }
  return {};
}

}  // namespace countersign::engine
