// How a run goes and ends, in words.
#include <algorithm>

#include "bot/engine/button_seal.h"
#include "bot/engine/excerpt.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"

namespace countersign::engine {
namespace {

using core::Button;
using core::Message;
using core::RunState;
using core::Tone;

core::Field field(std::string label, core::Line value) {
  return {std::move(label), std::move(value)};
}

}  // namespace

std::string subject_words(const core::Run& run) {
  if (run.purpose == core::Purpose::verify)
    return show(run.id) + ", the check of " + show(run.parent) + ",";
  return show(run.id);
}

Message progress_message(const core::Run& run, std::chrono::milliseconds ran,
                         const std::string& output) {
  Message m = note(Tone::running, show(run.id) + " is running · " +
                                      length_words(std::chrono::floor<std::chrono::seconds>(ran)));
  m.block = ending(output);
  return m;
}

Message progress_over_message(const core::Run& run) {
  const auto took = run.outcome.value("took_ms", std::int64_t{0});
  return note(Tone::neutral,
              show(run.id) + " has ended" +
                  (took > 0 ? " after " + length_words(std::chrono::milliseconds(took)) : "") +
                  ".");
}

Message result_message(const core::Run& run) {
  Message m = note(tone_of(run.state), "");
  m.title = {core::bold(subject_words(run) + " " + run.action),
             core::plain(" " + std::string(state_words(run.state)))};
  const std::string error = run.outcome.value("error", "");
  if (run.outcome.contains("code") && error.empty())
    m.title.push_back(core::plain(", exit code " + std::to_string(run.outcome["code"].get<int>())));
  if (!error.empty()) m.lines.push_back({core::plain(core::make_visible(error, 500))});
  if (run.stop) m.lines.push_back(stop_line(*run.stop));
  if (run.state == RunState::dead)
    m.lines.push_back({core::plain("Tried " + std::to_string(run.attempt) +
                                   " times. It will not be tried again by itself.")});
  if (const auto took = run.outcome.value("took_ms", std::int64_t{0}); took > 0)
    m.title.push_back(core::plain(" after " + length_words(std::chrono::milliseconds(took))));
  const std::string output = run.outcome.value("output", "");
  m.block = ending(output);
  m.file = file_if_long(run, "output", output);
  m.fallback = subject_words(run) + " " + run.action + " " + std::string(state_words(run.state));
  return m;
}

Message unknown_message(const core::Run& run, const std::vector<store::Attempt>& attempts,
                        const std::string& button_key) {
  Message m = note(Tone::warning, "");
  m.title = {core::bold("What happened to " + show(run.id) + "?")};
  m.fallback = "What happened to " + show(run.id) + "?";
  m.lines.push_back({core::plain("I started "), core::code(run.action),
                     core::plain(" and cannot know whether it took effect. It is not safe to "
                                 "repeat, so I did not. Please look, then tell me.")});
  if (run.stop) m.lines.push_back(stop_line(*run.stop));
  const auto intent = std::find_if(attempts.rbegin(), attempts.rend(),
                                   [](const auto& a) { return a.phase == "intent"; });
  if (intent != attempts.rend()) m.fields.push_back(field("Started", {core::time(intent->at)}));
  if (run.plan)
    m.fields.push_back(
        field("Call", {core::code(core::make_visible(
                          run.plan->call.value("argv", run.plan->call).dump(), 500))}));
  m.fields.push_back(field(
      "Evidence",
      {core::plain(core::make_visible(
          run.outcome.value("error", std::string("the process that ran it is gone")), 300))}));
  const std::string output = run.outcome.value("output", "");
  m.block = ending(output);
  m.file = file_if_long(run, "output", output);
  const auto button = [&](const char* verb, const char* label, Button::Style style) {
    return Button{verb, label, style,
                  seal({verb, run.id, {}, run.plan_hash, run.fence}, button_key)};
  };
  m.buttons = {button("happened", "It happened", Button::Style::plain),
               button("nothappened", "It did not, leave it", Button::Style::plain),
               button("rerun", "Run it again", Button::Style::danger)};
  m.footer = {{core::plain("Run it again makes a new plan that needs a new approval.")}};
  return m;
}

Message changed_message(const core::Run& run, const std::vector<std::string>& differences) {
  Message m = note(Tone::warning, show(run.id) +
                                      ": the plan is no longer what was approved, so the approval "
                                      "is void. A new plan follows.");
  m.block = beginning(join(differences, "\n"));
  return m;
}

std::string refusal_words(core::VoteVerdict verdict,
                          const std::optional<core::Approval>& approval) {
  using V = core::VoteVerdict;
  switch (verdict) {
    case V::counted:
      return "";
    case V::already_decided:
      return approval ? "Too late: this plan is already " +
                            std::string(core::name(approval->state)) + "."
                      : "This plan is already decided.";
    case V::old_plan:
      return "This button belongs to an older plan. Look at the current one and decide again.";
    case V::not_posted:
    case V::other_message:
      return "Only the plan's own message takes votes, and this is not it.";
    case V::expired:
      return "Too late: this plan has expired. Ask for a new one.";
    case V::not_eligible:
      return "You may not approve this: it needs " +
             (approval && !approval->demand.roles().empty() ? join(approval->demand.roles(), " or ")
                                                            : std::string("a role nobody holds")) +
             ".";
    case V::requester:
      return "You asked for this yourself; somebody else has to approve it.";
    case V::already_voted:
      return "Your approval is already counted.";
    case V::nothing_to_retract:
      return "There is no approval of yours to take back.";
    case V::not_human:
      return "Bots cannot vote.";
    case V::same_team:
      return "Somebody of your team has asked for this or approved it, or you are of no team; it "
             "needs people of different teams.";
    case V::needs_code:
      return "This needs a one-time code from you: press Approve, and I ask for it where nobody "
             "else can read it.";
    case V::not_known:
      return "I cannot tell right now whether you may approve this: a chat does not answer. "
             "Nothing was counted; try again in a moment.";
  }
  return "";
}

}  // namespace countersign::engine
