#include "bot/engine/glass.h"

#include <algorithm>

#include "bot/engine/button_seal.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/engine/reminders.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"
#include "config/own_actions.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kShortestReason = 5;

// Why nobody can start it alone now, whoever it is; nothing: somebody may.
std::optional<Error> obstacle(const core::Run& run, const std::optional<core::Approval>& approval,
                              const Glass::Break& order, core::Instant now) {
  // One emergency is one start, each with a review of its own.
  if (config::frees_a_rule(run.action))
    return refused("This is for later starts; break the glass for each of them");
  if (run.state != core::RunState::awaiting_approval || !approval ||
      approval->state != core::ApprovalState::pending)
    return refused(show(run.id) + " is " + std::string(state_words(run.state)) +
                   ": there is no glass to break");
  if (now >= approval->expires_at) return refused("This plan has expired. Ask for a new one");
  if (approval->message_refs.empty())
    return refused("The plan is not posted yet. Try again in a moment");
  if (!order.plan_hash.empty() && order.plan_hash != approval->plan_hash)
    return refused("This button belongs to an older plan. Look at the current one");
  if (order.said_at && *order.said_at < approval->asked_at)
    return refused("The plan has changed since you wrote this. Look at the current one");
  return std::nullopt;
}

core::Message broken(const core::Run& run, const store::Review& review) {
  auto m = note(core::Tone::warning, "");
  m.title = {core::bold("Break-glass"), core::plain(": "),
             core::person(review.by.key, review.by.name),
             core::plain(" starts " + show(run.id) + " alone")};
  m.fallback = review.by.name + " starts " + show(run.id) + " alone: " + review.why;
  core::Line what{core::code(run.action)};
  if (run.plan && !run.plan->targets.empty())
    what.push_back(core::plain(" on " + core::make_visible(join(run.plan->targets, ", "), 200)));
  m.fields = {{"Action", what},
              {"Reason", {core::plain(core::make_visible(review.why, 500))}},
              {"Review",
               {core::bold(show(review.id)), core::plain(" is open until another person "
                                                         "closes it")}}};
  m.footer = {{core::plain("trace "), core::code(run.correlation.text())}};
  return m;
}

}  // namespace

core::Electorate Glass::electorate() const {
  return deps_.directory.electorate(deps_.current.get()->settings.break_glass.roles,
                                    Directory::Groups::anew);
}

bool Glass::asks_for_code(core::RunId id) const {
  return deps_.db.transact("demand", [&](store::Tx& tx) {
    const auto run = store::find_run(tx, id);
    const auto approval =
        run && run->approval ? store::find_approval(tx, run->approval) : std::nullopt;
    return approval && approval->demand.step_up;
  });
}

Result<void> Glass::start(store::Tx& tx, const Break& order,
                          const core::Electorate& electorate) const {
  const auto now = deps_.current.get();
  if (now->settings.break_glass.roles.empty())
    return refused("The configuration does not allow to break the glass");
  if (order.why.size() < kShortestReason)
    return refused("Say why: it goes into the record and to the managers' channel");
  auto run = store::lock_run(tx, order.run);
  if (!run) return not_found("There is no " + show(order.run));
  const auto approval = run->approval ? store::lock_approval(tx, run->approval) : std::nullopt;
  const auto at = tx.now();
  if (const auto why_not = obstacle(*run, approval, order, at)) return *why_not;
  if (!electorate.holds(order.who.key, now->settings.break_glass.roles, at))
    return electorate.silent.empty()
               ? refused("Only " + join(now->settings.break_glass.roles, " or ") +
                         " may break the glass")
               : unavailable("I cannot tell right now whether you may break the glass: " +
                             electorate.silent);
  if (approval->demand.step_up) {
    if (const auto proven = step_up_.check(tx, order.who, order.code); !proven)
      return proven.error();
  }
  if (!store::add_vote(tx, approval->id,
                       {order.who.key,
                        order.who.name,
                        core::VoteChoice::approve,
                        order.act_id,
                        "glass",
                        approval->plan_hash,
                        true,
                        "",
                        order.why,
                        {}}))
    return {};  // this very act was obeyed before
  auto after = *core::step(*approval, core::ApprovalEvent::glass, order.who.key, at);
  after.broken_glass = true;
  if (std::ranges::find(after.approvers, order.who.key) == after.approvers.end())
    after.approvers.push_back(order.who.key);
  after.usable_until = at + after.demand.use_within;
  store::save_approval(tx, after, approval->state);
  run->state = core::RunState::ready;
  run->granted += 1;
  store::save_run(tx, *run, core::RunState::awaiting_approval, run->fence);
  store::Review review{{}, run->id, approval->id, order.who, order.why, at, {}, {}, ""};
  review.id = store::open_review(tx, review);
  store::add_audit(tx, {order.who.key,
                        "approval.glass_broken",
                        "run:" + run->id.text(),
                        run->correlation,
                        {{"why", order.why}, {"name", order.who.name}, {"review", review.id.value}},
                        {}});
  announcer_.refresh_plan(tx, *run, electorate);
  const auto message = broken(*run, review);
  announcer_.say_in_thread(tx, *run, message);
  tell_managers(tx, *run, review, message);
  return {};
}

void Glass::tell_managers(store::Tx& tx, const core::Run& run, const store::Review& review,
                          const core::Message& message) const {
  const auto now = deps_.current.get();
  auto m = message;
  m.buttons = {{"review",
                "Close the review …",
                core::Button::Style::primary,
                seal({"review", run.id, review.approval, run.plan_hash, 0}, deps_.button_key),
                {}}};
  m.without_buttons = {
      core::plain("Write "),
      core::code(now->settings.command_prefix + "close " + show(review.id) + " what you found"),
      core::plain(" to close the review.")};
  for (const auto& place : channels_of(*now, now->settings.break_glass.notify))
    announcer_.tell_channel(tx, run, place, m);
}

std::optional<core::ReviewId> Glass::open_review_of(core::RunId run,
                                                    core::ApprovalId approval) const {
  return deps_.db.transact("review", [&](store::Tx& tx) -> std::optional<core::ReviewId> {
    for (const auto& review : store::reviews_of_run(tx, run)) {
      if (!review.closed_at && review.approval == approval) return review.id;
    }
    return std::nullopt;
  });
}

Result<void> Glass::close(store::Tx& tx, core::ReviewId id, const core::Person& who,
                          const std::string& remark,
                          const std::vector<core::Person>& holders) const {
  const auto review = store::lock_review(tx, id);
  if (!review) return not_found("There is no review " + show(id));
  if (review->closed_at)
    return refused(show(id) + " is closed already" +
                   (review->closed_by ? ", by " + review->closed_by->name : std::string()));
  const auto by = deps_.directory.identify(review->by);
  if (!by) return by.error();
  if (by->key == who.key || review->by.key == who.key)
    return refused("You broke the glass yourself; somebody else has to look at it");
  if (std::ranges::find(holders, who.key, &core::Person::key) == holders.end())
    return refused("Only somebody who holds a role can close a review");
  if (remark.size() < kShortestReason)
    return refused("Say what you found: it goes into the record");
  store::close_review(tx, id, who, remark);
  const auto run = store::find_run(tx, review->run);
  store::add_audit(tx, {who.key,
                        "review.closed",
                        "run:" + review->run.text(),
                        run ? run->correlation : core::CorrelationId{},
                        {{"remark", remark}, {"name", who.name}, {"review", id.value}},
                        {}});
  if (run)
    announcer_.say_in_thread(
        tx, *run,
        note(core::Tone::good, who.name + " has closed the review " + show(id) + ": " +
                                   core::make_visible(remark, 500)));
  return {};
}

}  // namespace countersign::engine
