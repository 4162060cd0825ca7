#include "bot/engine/backtester.h"

#include <algorithm>
#include <deque>
#include <future>
#include <limits>
#include <set>

#include "bot/core/match.h"
#include "bot/core/message.h"
#include "bot/core/text_template.h"
#include "bot/store/events.h"
#include "bot/store/promotions.h"

namespace countersign::engine {
namespace {

constexpr int kPage = 1'000;

using Subjects = std::vector<core::Backtest::Subject>;

struct Page {
  std::vector<core::PastEvent> events;  // those that count
  std::int64_t others = 0;              // of which nothing has to be known
};

Result<Subjects> subjects_of(const Snapshot& now, const std::vector<std::string>& wanted) {
  Subjects out;
  for (const std::string& ref : wanted) {
    if (!now.catalog->rule(ref)) return not_found("there is no rule " + core::make_visible(ref, 80));
  }
  for (const core::Rule& rule : now.catalog->rules) {
    const bool asked = wanted.empty() ? rule.enabled
                                      : std::ranges::find(wanted, rule.ref()) != wanted.end();
    if (asked) out.push_back({&rule, now.catalog->action(rule.action)});
  }
  return out;
}

core::Fit fit_of(const core::Backtest::Subject& subject, std::size_t number,
                 const core::Event& event) {
  core::Fit fit;
  fit.rule = number;
  const auto parameters = core::rule_parameters(*subject.rule, event);
  if (!parameters || !subject.action) {
    fit.error = parameters ? "there is no action " + subject.rule->action
                           : parameters.error().message;
    return fit;
  }
  const auto bound = core::bind_parameters(*subject.action, *parameters);
  fit.parameters = core::redact(*subject.action, bound ? *bound : *parameters);
  const auto targets = bound ? core::render_targets(*subject.action, *bound)
                             : Result<std::vector<std::string>>(bound.error());
  if (!targets) {
    fit.error = targets.error().message;
    return fit;
  }
  fit.targets = *targets;
  if (!subject.rule->dedup) return fit;
  const auto key = core::TextTemplate::parse(subject.rule->dedup->key)
                       ->render({{"trigger", event.body}});
  if (!key) fit.error = "dedup key: " + key.error().message;
  if (key) fit.window_key = *key;
  return fit;
}

core::PastEvent past_of(const Snapshot& now, const Subjects& subjects, core::Event event) {
  core::PastEvent past;
  past.starts = core::alert_start(event);
  const core::Matching matching(event, now.settings.environments, event.received_at);
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (subjects[i].rule->trigger == event.trigger && matching.ask(*subjects[i].rule).matched())
      past.fits.push_back(fit_of(subjects[i], i, event));
  }
  event.body = nullptr;
  past.event = std::move(event);
  return past;
}

Page page_of(const Snapshot& now, const Subjects& subjects, const store::Rows& rows,
             store::Matches then) {
  Page page;
  for (core::Event& event : store::events_of(rows)) {
    core::PastEvent past = past_of(now, subjects, std::move(event));
    if (const auto known = then.find(past.event.id); known != then.end())
      past.then = std::move(known->second);
    const bool counts = !past.fits.empty() || !past.then.empty() || !past.event.series.empty();
    counts ? page.events.push_back(std::move(past)) : void(++page.others);
  }
  return page;
}

}  // namespace

Result<core::BacktestReport> backtest(store::Database& db, const Snapshot& now,
                                      const BacktestOrder& order) {
  const auto subjects = subjects_of(now, order.rules);
  if (!subjects) return subjects.error();
  std::set<std::string> triggers;
  for (const auto& subject : *subjects) {
    if (subject.rule->trigger != core::kChatCommand) triggers.insert(subject.rule->trigger);
  }
  const store::Past past{order.from, order.until, {triggers.begin(), triggers.end()}};
  core::Backtest test(*subjects, order.from, order.until);
  std::deque<std::future<Page>> pages;
  std::int64_t seen = 0;
  const auto meet_next = [&] {
    const Page page = pages.front().get();
    pages.pop_front();
    for (const core::PastEvent& event : page.events) test.meet(event);
    test.count_others(page.others);
  };
  core::EventId after{std::numeric_limits<std::int64_t>::min()};
  for (bool more = true; more;) {
    if (order.stop && order.stop()) return refused("it was stopped");
    store::Matches then;
    const auto rows = db.transact("past events", [&](store::Tx& tx) {
      auto found = store::past_events(tx, past, after, kPage);
      then = store::past_matches(tx, found);
      return found;
    });
    more = rows.size() == static_cast<std::size_t>(kPage);
    if (rows.empty()) break;
    const auto last = rows[rows.size() - 1];
    after = {last.number("event_id")};
    pages.push_back(std::async(order.workers > 1 ? std::launch::async : std::launch::deferred,
                               [&now, &subjects, rows, then = std::move(then)]() mutable {
                                 return page_of(now, *subjects, rows, std::move(then));
                               }));
    if (pages.size() >= std::max(1u, order.workers)) meet_next();
    seen += static_cast<std::int64_t>(rows.size());
    if (order.progress)
      order.progress(std::chrono::duration<double>(last.instant("received_at") - order.from) /
                         std::chrono::duration<double>(order.until - order.from),
                     seen);
  }
  while (!pages.empty()) meet_next();
  return std::move(test).report();
}

}  // namespace countersign::engine
