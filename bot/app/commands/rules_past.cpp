// countersign rules backtest|promote, and explain for an event of the record: what needs a
// database.
#include <iostream>
#include <memory>
#include <thread>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/app/outpost.h"
#include "bot/app/progress_bar.h"
#include "bot/core/match.h"
#include "bot/engine/backtest_words.h"
#include "bot/engine/backtester.h"
#include "bot/engine/explain.h"
#include "bot/engine/outlook.h"
#include "bot/engine/refs.h"
#include "bot/store/events.h"

namespace countersign::app {
namespace {

constexpr std::size_t kListed = 20;
constexpr auto kPatience = std::chrono::seconds(15);  // until the running bot takes an order up
constexpr auto kLook = std::chrono::milliseconds(200);

struct Flags {
  ReachFlags reach;
  std::string rule, since = "14d", until, as, reason;
  bool json = false;
};

// "14d" before now, or a moment.
std::optional<core::Instant> moment(const std::string& text, core::Instant now) {
  if (const auto length = core::parse_duration(text)) return now - *length;
  return core::parse_instant(text);
}

std::shared_ptr<const engine::Snapshot> rules_on_disk(const ReachFlags& flags) {
  const auto loaded =
      load_all(flags.config.empty() ? flags.state_dir + "/countersign.yaml" : flags.config);
  print_problems(loaded.problems);
  return loaded.snapshot;
}

int backtest(const Flags& flags) {
  const auto snapshot = rules_on_disk(flags.reach);
  if (!snapshot) return kUsage;
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  const auto now = (*db)->transact("now", [](store::Tx& tx) { return tx.now(); });
  const auto from = moment(flags.since, now);
  const auto until = flags.until.empty() ? std::optional(now) : moment(flags.until, now);
  if (!from || !until || *from >= *until)
    return complain("--since and --until are lengths of time (14d) or moments "
                    "(2026-01-31T18:00:00Z), the first before the second",
                    kUsage);
  engine::BacktestOrder order;
  order.from = *from;
  order.until = *until;
  order.workers = std::max(1u, std::thread::hardware_concurrency());
  if (!flags.rule.empty()) order.rules = {engine::full_rule(*snapshot->catalog, flags.rule)};
  const auto report = [&] {
    ProgressBar bar;
    order.progress = [&](double part, std::int64_t events) {
      bar.show(part, std::to_string(events) + " events");
    };
    return engine::backtest(**db, *snapshot, order);
  }();
  if (!report) return complain(report.error());
  std::cout << (flags.json ? Json(*report).dump(2) + "\n" : engine::report_text(*report, kListed));
  return kDone;
}

int report_order(const Flags& flags, const store::Decision& decision) {
  if (flags.json) {
    std::cout << Json{{"event", engine::show(decision.event)},
                      {"run", decision.run ? engine::show(decision.run) : ""}}
                     .dump(2)
              << "\n";
  } else if (decision.run) {
    std::cout << engine::show(decision.run) << " asks for it; countersign runs show "
              << engine::show(decision.run) << "\n";
  }
  if (decision.run) return kDone;
  return complain("it was refused; the reason was told to " + flags.as + " in the chat", kFailed);
}

int promote(const Flags& flags, Outpost& outpost) {
  if (!core::parse_duration(flags.since))
    return complain("--since is a length of time here: 14d", kUsage);
  const auto holder = outpost.holder(flags.as);
  if (!holder) return complain(holder.error());
  const auto who = outpost.account(flags.as);
  if (!who) return complain(who.error());
  const auto now = outpost.deps().current.get();
  const std::string text = now->settings.command_prefix + "promote " +
                           engine::full_rule(*now->catalog, flags.rule) + " " + flags.since + " " +
                           flags.reason;
  auto& db = outpost.deps().db;
  const auto event = db.transact("order", [&](store::Tx& tx) {
    return store::accept_events(tx, {outpost.typed(*who, text, tx.now())}).front().event;
  });
  engine::Signal pause;
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    const auto decisions =
        db.transact("order", [&](store::Tx& tx) { return store::decisions_of(tx, event); });
    if (!decisions.empty()) return report_order(flags, decisions.front());
    pause.wait(kLook, {});
  }
  return complain(engine::show(event) +
                      " is recorded, but no bot has taken it up yet; it will when it runs, "
                      "unless that takes longer than a quarter of an hour",
                  kUnreachable);
}

}  // namespace

int explain_recorded(const ReachFlags& reach, const std::string& id, bool json) {
  return from_outpost(reach, [&](Outpost& outpost) {
    const auto& deps = outpost.deps();
    const auto reference = engine::parse_reference(id);
    return deps.db.transact("explain", [&](store::Tx& tx) {
      const auto event = reference ? store::find_event(tx, reference->event) : std::nullopt;
      if (!event) return complain("there is no event " + id, kFailed);
      Json all = Json::array();
      core::Message message;
      const engine::Record record{deps, tx};
      for (const auto& view : engine::explain(&record, *deps.current.get(), *event)) {
        all.push_back(engine::view_json(view));
        std::ranges::move(engine::view_lines(view), std::back_inserter(message.lines));
      }
      std::cout << (json ? all.dump(2) : core::as_text(message)) << "\n";
      return kDone;
    });
  });
}

void add_past_rules(CLI::App& rules, int& exit_code) {
  const auto flags = std::make_shared<Flags>();
  auto* test = add_reaching(rules, "backtest",
                            "What the rules on disk would have done with recorded events",
                            flags->reach, flags->json);
  test->add_option("rule", flags->rule, "Only this one");
  test->add_option("--since", flags->since, "From when on: 14d, or a moment")->capture_default_str();
  test->add_option("--until", flags->until, "Until when; default now");
  test->callback([flags, &exit_code] { exit_code = backtest(*flags); });
  auto* up = add_reaching(rules, "promote", "Ask for a rule to become live, its backtest shown",
                          flags->reach, flags->json);
  up->add_option("rule", flags->rule, "Which")->required();
  up->add_option("--since", flags->since, "How far back its backtest reaches")
      ->capture_default_str();
  add_order_flags(*up, flags->as, flags->reason);
  up->callback([flags, &exit_code] {
    exit_code =
        from_outpost(flags->reach, [&](Outpost& outpost) { return promote(*flags, outpost); });
  });
}

}  // namespace countersign::app
