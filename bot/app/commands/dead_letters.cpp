// countersign dead-letters list|retry|discard: what could not be done, and what a person makes of
// it. Who orders something has to hold a role, as in the chat, and is looked up there.
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/outpost.h"
#include "bot/engine/dead_letter_words.h"
#include "bot/engine/dead_letters.h"
#include "bot/engine/refs.h"

namespace countersign::app {
namespace {

constexpr int kMost = 1000;

struct Flags {
  ReachFlags reach;
  std::string id, as, reason;
  bool json = false;
};
using Resolve = engine::LetterAnswer (engine::DeadLetters::*)(store::Tx&,
                                                              const engine::LetterOrder&) const;

Json as_json(const store::DeadLetter& letter) {
  return {{"id", letter.id.value},
          {"kind", letter.kind},
          {"ref", letter.ref},
          {"about", letter.about},
          {"reason", letter.reason},
          {"at", core::format_instant(letter.at)},
          {"trace", letter.correlation.text()}};
}

int list(const Flags& flags) {
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  const auto letters =
      (*db)->transact("dead letters", [](store::Tx& tx) { return store::dead_letters(tx, kMost); });
  Json out = Json::array();
  for (const auto& letter : letters) {
    out.push_back(as_json(letter));
    if (!flags.json)
      std::cout << engine::show(letter.id) << "  " << core::format_instant(letter.at) << "  "
                << engine::subject_of(letter) << "  " << core::make_visible(letter.reason, 300)
                << "\n";
  }
  if (flags.json) std::cout << out.dump(2) << "\n";
  if (!flags.json && letters.empty()) std::cout << "there are no dead letters\n";
  return kDone;
}

int resolve(const Flags& flags, Resolve how) {
  const auto id = engine::parse_dead_letter(flags.id);
  if (!id) return complain(flags.id + " is no id of a dead letter: write D12", kUsage);
  return from_outpost(flags.reach, [&](Outpost& outpost) {
    const auto who = outpost.holder(flags.as);
    if (!who) return complain(who.error());
    const engine::DeadLetters letters(outpost.deps());
    const auto answer = outpost.deps().db.transact("dead letter", [&](store::Tx& tx) {
      return (letters.*how)(tx, {*id, *who, "cli", flags.reason});
    });
    const std::string words = core::as_text(answer.message);
    if (flags.json) {
      std::cout << Json{{"done", answer.done}, {"message", words}}.dump(2) << "\n";
    } else {
      (answer.done ? std::cout : std::cerr) << words;
    }
    return answer.done ? kDone : kFailed;
  });
}

}  // namespace

void add_dead_letters(CLI::App& cli, int& exit_code) {
  auto* all = cli.add_subcommand("dead-letters",
                                 "List what could not be done; try it again, or put it away");
  all->require_subcommand(0, 1);
  const auto flags = std::make_shared<Flags>();
  add_reach_flags(*all, flags->reach);
  all->add_flag("--json", flags->json, "Machine-readable");
  all->callback([all, flags, &exit_code] {
    if (all->get_subcommands().empty()) exit_code = list(*flags);
  });
  add_reaching(*all, "list", "What waits for a person", flags->reach, flags->json)
      ->callback([flags, &exit_code] { exit_code = list(*flags); });
  const auto add = [&](const char* name, const char* help, Resolve how) {
    auto* command = add_reaching(*all, name, help, flags->reach, flags->json);
    command->add_option("id", flags->id, "D12")->required();
    command->add_option("--as", flags->as, "Who you are: CHAT:NAME, for example mm:alice")
        ->required();
    command->add_option("--reason", flags->reason, "Why; kept in the record");
    command->callback([flags, how, &exit_code] { exit_code = resolve(*flags, how); });
  };
  add("retry", "Try it again", &engine::DeadLetters::retry);
  add("discard", "Put it away for good", &engine::DeadLetters::discard);
}

}  // namespace countersign::app
