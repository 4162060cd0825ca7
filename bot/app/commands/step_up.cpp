// countersign step-up list|reset: who has a second factor, and the way back for whoever has lost
// theirs. Another person gives that order, and has to hold a role, looked up as in the chat.
#include <algorithm>
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/outpost.h"
#include "bot/engine/step_up.h"

namespace countersign::app {
namespace {

struct Flags {
  ReachFlags reach;
  std::string person, as, reason;
  bool json = false;
};

std::vector<store::StepUpRow> all_of(store::Database& db) {
  return db.transact("second factors", [](store::Tx& tx) { return store::step_ups(tx); });
}

Json instant_or_null(const std::optional<core::Instant>& t) {
  return t ? Json(core::format_instant(*t)) : Json();
}

Json as_json(const store::StepUpRow& row) {
  return {{"person", row.who.key},
          {"name", row.who.name},
          {"made_at", core::format_instant(row.made_at)},
          {"confirmed_at", instant_or_null(row.confirmed_at)},
          {"failures", row.factor.failures},
          {"locked_until", instant_or_null(row.factor.locked_until)}};
}

void print(const store::StepUpRow& row) {
  std::cout << row.who.key << "  " << core::make_visible(row.who.name, 100) << "  "
            << (row.confirmed_at ? "since " + core::format_instant(*row.confirmed_at)
                                 : "not confirmed");
  if (row.factor.locked_until)
    std::cout << "  locked until " << core::format_instant(*row.factor.locked_until);
  std::cout << "\n";
}

int list(const Flags& flags) {
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  const auto rows = all_of(**db);
  Json out = Json::array();
  for (const auto& row : rows) {
    out.push_back(as_json(row));
    if (!flags.json) print(row);
  }
  if (flags.json) std::cout << out.dump(2) << "\n";
  if (!flags.json && rows.empty()) std::cout << "nobody has a second factor\n";
  return kDone;
}

// As `list` names them, which needs no chat: who is to be reset may have left it.
Result<core::Person> whose(Outpost& outpost, const std::string& person) {
  const auto rows = all_of(outpost.deps().db);
  const auto listed =
      std::ranges::find_if(rows, [&](const auto& row) { return row.who.key == person; });
  return listed == rows.end() ? outpost.person(person) : Result<core::Person>(listed->who);
}

int reset(const Flags& flags) {
  return from_outpost(flags.reach, [&](Outpost& outpost) {
    const auto by = outpost.holder(flags.as);
    if (!by) return complain(by.error());
    const auto person = whose(outpost, flags.person);
    if (!person) return complain(person.error());
    const engine::StepUp step_up(outpost.deps());
    const auto done = outpost.deps().db.transact("reset a second factor", [&](store::Tx& tx) {
      return step_up.reset(tx, {*person, *by, "cli", flags.reason});
    });
    if (!done) return complain(done.error());
    if (flags.json) {
      std::cout << Json{{"done", true}, {"person", person->key}}.dump(2) << "\n";
    } else {
      std::cout << person->name << " has no second factor any more, and can enrol again\n";
    }
    return kDone;
  });
}

}  // namespace

void add_step_up(CLI::App& cli, int& exit_code) {
  auto* all = cli.add_subcommand("step-up", "Who has a second factor; reset one that is lost");
  all->require_subcommand(1);
  const auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* help) {
    return add_reaching(*all, name, help, flags->reach, flags->json);
  };
  add("list", "Who has one")->callback([flags, &exit_code] { exit_code = list(*flags); });
  auto* command = add("reset", "Forget somebody's, so that they can enrol again");
  command->add_option("person", flags->person, "Whose: CHAT:NAME, or as `list` names them")
      ->required();
  add_order_flags(*command, flags->as, flags->reason);
  command->callback([flags, &exit_code] { exit_code = reset(*flags); });
}

}  // namespace countersign::app
