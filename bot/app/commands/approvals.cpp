// countersign approvals list|show|approve|deny: the same votes as in the chat, by the same rules. A
// vote is for the plan that was shown, and for no other.
#include <iostream>
#include <memory>

#include "bot/app/approval_view.h"
#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/outpost.h"
#include "bot/app/terminal.h"
#include "bot/engine/refs.h"
#include "bot/engine/voting.h"

namespace countersign::app {
namespace {

constexpr int kMost = 1000;
constexpr std::size_t kPrefix = 8;
constexpr char kId[] = "R12, for what is asked about that run now, or the approval's number";
using core::VoteVerdict;

struct Flags {
  ReachFlags reach;
  std::string id, as, reason, plan, code;
  bool yes = false, json = false;
};

int list(const Flags& flags) {
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  const auto views =
      (*db)->transact("approvals", [](store::Tx& tx) { return pending_views(tx, kMost); });
  Json out = Json::array();
  for (const auto& view : views) {
    out.push_back(approval_json(view));
    if (!flags.json) std::cout << approval_line(view) << "\n";
  }
  if (flags.json) std::cout << out.dump(2) << "\n";
  if (!flags.json && views.empty()) std::cout << "nothing waits for anybody\n";
  return kDone;
}

Result<ApprovalView> find(store::Database& db, const std::string& id) {
  const auto reference = engine::parse_reference(id);
  if (!reference || !reference->run)
    return invalid(id + " is no run: write R12, or the number of an approval");
  const auto view = db.transact("approval", [&](store::Tx& tx) { return find_view(tx, id); });
  if (!view) return not_found("there is no approval " + id + ": write R12, or its number");
  return *view;
}

int show(const Flags& flags) {
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  const auto view = find(**db, flags.id);
  if (!view) return complain(view.error());
  std::cout << (flags.json ? approval_json(*view).dump(2) + "\n" : approval_text(*view));
  return kDone;
}

// Whoever votes has to mean the plan that is shown. What is in the way, if anything.
Result<void> consent(const Flags& flags, const ApprovalView& view, core::VoteChoice choice) {
  if (!flags.plan.empty()) {
    if (flags.plan.size() < kPrefix)
      return invalid("--plan wants 8 digits of the plan's hash at least");
    if (!view.approval.plan_hash.starts_with(flags.plan))
      return refused("that is not the plan in question any more, which is " +
                     view.approval.plan_hash);
    return {};
  }
  if (flags.yes) return {};
  const std::string word(core::name(choice));
  if (!at_terminal())
    return invalid("nobody can be asked: name the plan with --plan HASH, or say --yes");
  if (ask("Type yes to " + word + " this plan: ") != "yes") return refused("nothing was counted");
  return {};
}

engine::VoteAnswer cast(Outpost& outpost, engine::Ballot ballot) {
  engine::Voting voting(outpost.deps());
  auto answer = voting.cast(ballot);
  if (answer.verdict != VoteVerdict::needs_code || !ballot.code.empty() || !at_terminal())
    return answer;
  ballot.code = ask_hidden("One-time code: ");
  return voting.cast(ballot);
}

int tell(const Flags& flags, const engine::VoteAnswer& answer, const ApprovalView& now) {
  const bool counted = answer.verdict == VoteVerdict::counted;
  if (flags.json) {
    std::cout << Json{{"counted", counted},
                      {"verdict", core::name(answer.verdict)},
                      {"message", answer.words},
                      {"approval", approval_json(now)}}
                     .dump(2)
              << "\n";
  } else if (counted) {
    std::cout << "Counted. " << approval_line(now) << "\n";
  } else {
    std::cerr << "countersign: not counted: " << answer.words << "\n";
  }
  return counted ? kDone : answer.verdict == VoteVerdict::not_known ? kUnreachable : kFailed;
}

int vote(const Flags& flags, core::VoteChoice choice, Outpost& outpost) {
  auto& db = outpost.deps().db;
  const auto view = find(db, flags.id);
  if (!view) return complain(view.error());
  (flags.json ? std::cerr : std::cout) << approval_text(*view) << std::flush;
  const auto who = outpost.person(flags.as);
  if (!who)
    return complain({who.error().kind, "nothing was counted, because it cannot be told who " +
                                           flags.as + " is: " + who.error().message});
  if (const auto meant = consent(flags, *view, choice); !meant) return complain(meant.error());
  engine::Ballot ballot;
  ballot.run = view->run.id;
  ballot.approval = view->approval.id;
  ballot.voter = *who;
  ballot.choice = choice;
  ballot.act_id = "cli/" + outpost.deps().ids.uuid();
  ballot.via = "cli";
  ballot.plan_hash = view->approval.plan_hash;
  ballot.reason = core::make_visible(flags.reason, 500);
  ballot.code = flags.code;
  const auto answer = cast(outpost, ballot);
  const auto now = db.transact("approval", [&](store::Tx& tx) {
    return view_of(tx, *store::find_approval(tx, view->approval.id));
  });
  return tell(flags, answer, now);
}

}  // namespace

void add_approvals(CLI::App& cli, int& exit_code) {
  auto* all = cli.add_subcommand("approvals", "List and show what waits for people; vote");
  all->require_subcommand(1);
  const auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* help) {
    return add_reaching(*all, name, help, flags->reach, flags->json);
  };
  add("list", "What waits for people, the most urgent first")->callback([flags, &exit_code] {
    exit_code = list(*flags);
  });
  auto* one = add("show", "One plan with everything that is decided about");
  one->add_option("id", flags->id, kId)->required();
  one->callback([flags, &exit_code] { exit_code = show(*flags); });
  const auto add_vote = [&](const char* name, const char* help, core::VoteChoice choice) {
    auto* command = add(name, help);
    command->add_option("id", flags->id, kId)->required();
    add_order_flags(*command, flags->as, flags->reason);
    command->add_option("--plan", flags->plan, "The plan's hash, or its first 8 digits or more");
    command->add_option("--code", flags->code, "One-time code; better typed when asked for");
    command->add_flag("--yes", flags->yes, "Do not ask: the plan that is shown is meant");
    command->callback([flags, choice, &exit_code] {
      exit_code = from_outpost(flags->reach,
                               [&](Outpost& outpost) { return vote(*flags, choice, outpost); });
    });
  };
  add_vote("approve", "Vote for a plan", core::VoteChoice::approve);
  add_vote("deny", "Vote against it, which ends it", core::VoteChoice::deny);
}

}  // namespace countersign::app
