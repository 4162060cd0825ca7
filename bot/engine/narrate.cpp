#include "bot/engine/narrate.h"

#include <algorithm>
#include <array>

#include "bot/engine/button_seal.h"
#include "bot/engine/excerpt.h"
#include "bot/engine/narrate_approval.h"
#include "bot/engine/refs.h"

namespace countersign::engine {
namespace {

using core::Button;
using core::Line;
using core::Message;
using core::RunState;
using core::Tone;

struct StateLook {
  const char* words;
  Tone tone;
};
constexpr std::array<StateLook, core::kRunStates> kLooks{{
    {"being planned", Tone::neutral},
    {"waiting for approval", Tone::waiting},
    {"approved, about to start", Tone::running},
    {"approved, about to start", Tone::running},
    {"running", Tone::running},
    {"succeeded", Tone::good},
    {"failed", Tone::bad},
    {"outcome unknown", Tone::warning},
    {"denied", Tone::bad},
    {"expired", Tone::neutral},
    {"cancelled", Tone::neutral},
    {"held", Tone::warning},
    {"gave up after its retries", Tone::bad},
    {"dry run: would have run", Tone::neutral},
}};

core::Field field(std::string label, Line value) { return {std::move(label), std::move(value)}; }

// "Try 1 of 3 ended: not_applied, connection refused. Try 2 of 3 at ..."
Line retry_line(const core::Run& run) {
  const std::string all = " of " + std::to_string(run.retry.attempts);
  if (run.state == RunState::executing)
    return {core::plain("Try " + std::to_string(run.attempt) + all)};
  const std::string error = run.outcome.value("error", "");
  return {core::plain("Try " + std::to_string(run.attempt) + all +
                      " ended: " + run.outcome.value("class", "ambiguous") +
                      (error.empty() ? "" : ", " + core::make_visible(error, 200)) + ". Try " +
                      std::to_string(run.attempt + 1) + all + " at "),
          core::time(run.next_at)};
}

Line breaker_line(const core::Breaker& breaker) {
  Line line{core::plain("Waits for the breaker of "), core::code(breaker.name)};
  if (breaker.open_until) {
    line.push_back(core::plain(" until "));
    line.push_back(core::time(*breaker.open_until));
  } else {
    line.push_back(core::plain(", while one run tries whether it works again"));
  }
  return line;
}

std::vector<Button> plan_buttons(const PlanStory& story) {
  const core::Run& run = story.run;
  const auto make = [&](const char* verb, const char* label, Button::Style style) {
    return Button{verb, label, style,
                  seal({verb, run.id, run.approval, run.plan_hash, 0}, story.button_key)};
  };
  if (run.state == RunState::awaiting_approval) {
    Button more = make("more", "More", Button::Style::plain);
    more.choices = {{"edit", "Change the parameters …"},
                    {"denywhy", "Deny with a reason …"},
                    {"cancel", "Withdraw this plan"}};
    if (story.may_break_glass) more.choices.push_back({"glass", "Break the glass …"});
    return {make("approve", "Approve", Button::Style::primary),
            make("deny", "Deny", Button::Style::danger), make("why", "Why", Button::Style::plain),
            std::move(more)};
  }
  if (run.state == RunState::executing && !run.stop)
    return {make("stop", "Stop", Button::Style::danger)};
  return run.state == RunState::dry_run ? std::vector{make("why", "Why", Button::Style::plain)}
                                        : std::vector<Button>{};
}

core::Span decider(const PlanStory& story) {
  const std::string& key = story.approval->decided_by;
  const auto* elector = story.electorate.find(key);
  if (elector) return core::person(key, elector->person.name);
  const auto vote = std::ranges::find(story.votes, key, &store::VoteRow::voter);
  return core::person(key, vote == story.votes.end() ? key : vote->voter_name);
}

bool check_failed(const PlanStory& story) {
  return story.run.state == RunState::succeeded && story.check &&
         (story.check->state == RunState::failed || story.check->state == RunState::dead);
}

std::string words_of(const PlanStory& story) {
  const core::Run& run = story.run;
  if (story.retired) return "replaced by a newer plan";
  if (story.halt) return "approved, but everything is halted";
  if (story.freeze && run.state == RunState::ready)
    return "approved, but frozen by " + story.freeze->name;
  if (story.breaker) return "waits for the breaker of " + story.breaker->name;
  if (waits_for_retry(run)) return "to be tried again";
  if (run.stop && run.state == RunState::executing) return "being stopped";
  return std::string(state_words(run.state)) +
         (check_failed(story) ? ", but its check failed" : "");
}

std::string headline(const core::Run& run) {
  std::string out = "Plan " + show(run.id) + ": " + run.action;
  if (run.plan && !run.plan->targets.empty()) {
    std::vector<std::string> shown(
        run.plan->targets.begin(),
        run.plan->targets.begin() +
            static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, run.plan->targets.size())));
    out += " on " + join(shown, ", ");
    if (shown.size() < run.plan->targets.size())
      out += " and " + std::to_string(run.plan->targets.size() - shown.size()) + " more";
  }
  return core::make_visible(out, 200);
}

// Votes count as ever, so whoever gives one should know what they are good for.
core::Line freeze_field(const PlanStory& story) {
  auto line = freeze_line(*story.freeze, story.prefix);
  line.insert(line.begin(), core::plain("by "));
  line.push_back(core::plain(story.may_break_glass
                                 ? " Before that it starts only by breaking the glass."
                                 : " It does not start before that."));
  return line;
}

void add_plan(Message& m, const PlanStory& story) {
  const core::Plan& plan = *story.run.plan;
  m.fields.push_back(field(
      "Action",
      {core::code(plan.action), core::plain(" (" + std::string(core::name(plan.tier)) + ")")}));
  if (!plan.targets.empty())
    m.fields.push_back(
        field("Targets", {core::code(core::make_visible(join(plan.targets, ", "), 500))}));
  if (!plan.parameters.empty())
    m.fields.push_back(field("Parameters", {core::code(parameters_words(plan.parameters))}));
  m.fields.push_back(field("Why", {core::plain(story.cause)}));
  if (story.freeze) m.fields.push_back(field("Frozen", freeze_field(story)));
  if (plan.dry_run == core::Plan::DryRunState::done) {
    m.block = "Dry run:\n" +
              (plan.dry_run_output.empty() ? "(no output)" : beginning(plan.dry_run_output));
  } else if (plan.tier != core::Tier::read_only) {
    m.block = "This action has no dry run. The call:\n" +
              beginning(plan.call.value("argv", plan.call).dump());
  }
}

}  // namespace

std::string_view state_words(RunState state) {
  return kLooks.at(static_cast<std::size_t>(state)).words;
}
Tone tone_of(RunState state) { return kLooks.at(static_cast<std::size_t>(state)).tone; }

std::string join(const std::vector<std::string>& words, const std::string& separator) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) out += (i ? separator : "") + words[i];
  return out;
}

std::string parameters_words(const Json& parameters) {
  std::string out;
  for (const auto& [key, value] : parameters.items()) {
    out += (out.empty() ? "" : " ") + key + "=" +
           (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return core::make_visible(out, 500);
}

std::string length_words(std::chrono::milliseconds length) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(length).count();
  if (length < std::chrono::seconds(1)) return std::to_string(length.count()) + " ms";
  if (seconds < 10)
    return std::to_string(seconds) + "." + std::to_string(length.count() % 1000 / 100) + " s";
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200)
    return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

std::optional<core::File> whole_dry_run(const core::Run& run) {
  if (!run.plan) return std::nullopt;
  return file_if_long(run, "dry-run", run.plan->dry_run_output);
}

Message note(Tone tone, std::string title, std::vector<Line> lines) {
  Message m;
  m.tone = tone;
  m.fallback = title;
  if (!title.empty()) m.title = {core::plain(std::move(title))};
  m.lines = std::move(lines);
  return m;
}

bool waits_for_retry(const core::Run& run) {
  return run.attempt > 0 && run.outcome.is_object() &&
         (run.state == RunState::ready || run.state == RunState::claimed);
}

Line stop_line(const core::StopOrder& stop) {
  Line line{core::plain("Stopped by "), core::person(stop.by.key, stop.by.name)};
  if (!stop.why.empty()) line.push_back(core::plain(": " + core::make_visible(stop.why, 300)));
  return line;
}

Message plan_message(const PlanStory& story) {
  const core::Run& run = story.run;
  Message m;
  const std::string words = words_of(story);
  m.tone = check_failed(story) ? Tone::bad : tone_of(run.state);
  m.title = {core::bold(headline(run)), core::plain(" · " + words)};
  m.fallback = headline(run) + ": " + words;
  if (run.plan) {
    add_plan(m, story);
  } else {
    m.fields = {field("Action", {core::code(run.action)}),
                field("Why", {core::plain(story.cause)})};
    const std::string error = run.outcome.value("error", "");
    if (!error.empty()) m.lines.push_back({core::plain(core::make_visible(error, 500))});
  }
  if (story.check)
    m.fields.push_back(
        field("Check", {core::plain(show(story.check->id) + " "), core::code(story.check->action),
                        core::plain(" " + std::string(state_words(story.check->state)))}));
  if (story.approval) {
    m.fields.push_back(field("Approval", approval_line(story)));
    if (run.state == RunState::awaiting_approval)
      m.fields.push_back(field("Expires", {core::time(story.approval->expires_at)}));
    std::ranges::move(vote_lines(story), std::back_inserter(m.lines));
    if (run.state == RunState::expired)
      m.lines.push_back(
          {core::plain("Nobody decided in time. Expired is neither yes nor no: nothing ran.")});
    if (run.state == RunState::cancelled)
      m.lines.push_back({core::plain("Cancelled by "), decider(story)});
    if (run.state == RunState::ready && story.approval->demand.cooldown > core::Duration::zero() &&
        story.approval->usable_until)
      m.fields.push_back(field(
          "Starts", {core::time(*story.approval->usable_until - story.approval->demand.use_within),
                     core::plain(", unless somebody withdraws it before")}));
  }
  if (story.standing) m.fields.push_back(field("Approval", standing_line(*story.standing)));
  if (waits_for_retry(run) || (run.state == RunState::executing && run.attempt > 1))
    m.lines.push_back(retry_line(run));
  if (run.stop) m.lines.push_back(stop_line(*run.stop));
  if (story.halt)
    m.lines.push_back(
        {core::plain("Halted by "), core::person(story.halt->by.key, story.halt->by.name),
         core::plain("; it starts when the halt is lifted, if it is not too old by then.")});
  if (story.breaker) m.lines.push_back(breaker_line(*story.breaker));
  m.buttons = plan_buttons(story);
  if (run.state == RunState::awaiting_approval) {
    m.without_buttons = {core::plain("React with ✅ to approve or ❌ to deny, or write "),
                         core::code(story.prefix + "approve " + show(run.id)), core::plain(" or "),
                         core::code(story.prefix + "deny " + show(run.id)), core::plain(".")};
  }
  std::string small = show(run.id) + " · plan " + std::to_string(run.plan_no);
  if (!run.plan_hash.empty()) small += " · " + run.plan_hash.substr(0, 12);
  m.footer = {{core::plain(small + " · trace "), core::code(run.correlation.text())}};
  return m;
}

}  // namespace countersign::engine
