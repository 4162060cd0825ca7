// countersign dead-letters list|retry|discard: what could not be done, and what a person makes of
// it. Who orders something has to hold a role, as in the chat, and is looked up there.
#include <algorithm>
#include <iostream>
#include <memory>

#include "bot/app/chats.h"
#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/app/random_ids.h"
#include "bot/app/reach.h"
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

int complain(const std::string& why, int code) {
  std::cerr << "countersign: " << why << "\n";
  return code;
}

int complain(const Error& error) {
  return complain(error.message, error.kind == ErrorKind::invalid       ? kUsage
                                 : error.kind == ErrorKind::unavailable ? kUnreachable
                                                                        : kFailed);
}

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

// The engine as far as an order of one person needs it: nothing is carried out here, the running
// bot takes it up from the database.
class Outpost {
 public:
  Outpost(store::Database& db, std::shared_ptr<const engine::Snapshot> snapshot)
      : current_(std::move(snapshot)),
        chats_(make_chats(io_, current_.get()->settings, ids_)),
        directory_(current_,
                   {.person = [this](const std::string& chat,
                                     const std::string& name) -> Result<core::Person> {
                      const auto* found = named(chat);
                      if (!found) return invalid("there is no chat " + chat);
                      return found->adapter->find_person(name);
                    },
                    .group = [this](const std::string& chat,
                                    const std::string& name) -> Result<std::vector<core::Person>> {
                      const auto* found = named(chat);
                      if (!found) return invalid("there is no chat " + chat);
                      return found->adapter->find_group(name);
                    }}),
        deps_{db,       current_, directory_, signals_, ids_,
              journal_, [](std::string_view) { return nullptr; }, "", ""} {}
  ~Outpost() {
    for (const auto& chat : chats_) chat.adapter->stop();
    io_.stop();
  }
  Outpost(const Outpost&) = delete;
  Outpost& operator=(const Outpost&) = delete;

  const engine::Deps& deps() const { return deps_; }

  // "mm:alice" as the person that the chat knows, who has to hold a role.
  Result<core::Person> holder(const std::string& account) {
    const auto colon = account.find(':');
    const auto* chat = colon == std::string::npos ? nullptr : named(account.substr(0, colon));
    if (!chat) return invalid("--as wants CHAT:NAME, for example mm:alice, not " + account);
    const auto found = chat->adapter->find_person(account.substr(colon + 1));
    if (!found) return found.error();
    const auto person = directory_.identify(*found);
    if (!person) return person.error();
    const auto holders = engine::DeadLetters::holders(deps_);
    if (std::ranges::find(holders, person->key, &core::Person::key) == holders.end())
      return refused(account + " holds no role, or its chat does not answer");
    return *person;
  }

 private:
  const Chat* named(const std::string& name) const {
    const auto found = std::ranges::find_if(
        chats_, [&](const Chat& chat) { return chat.adapter->name() == name; });
    return found == chats_.end() ? nullptr : &*found;
  }

  net::Io io_;
  RandomIds ids_;
  engine::Signals signals_;
  engine::Current current_;
  std::vector<Chat> chats_;
  engine::Directory directory_;
  core::NoJournal journal_;
  engine::Deps deps_;
};

// The configuration whose roles count; a demo keeps its own in its state directory.
std::string config_of(const ReachFlags& flags) {
  return flags.config.empty() ? flags.state_dir + "/countersign.yaml" : flags.config;
}

int resolve(const Flags& flags, Resolve how) {
  const auto id = engine::parse_dead_letter(flags.id);
  if (!id) return complain(flags.id + " is no id of a dead letter: write D12", kUsage);
  const auto loaded = load_all(config_of(flags.reach));
  if (!loaded.snapshot) {
    print_problems(loaded.problems);
    return kUsage;
  }
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  Outpost outpost(**db, loaded.snapshot);
  const auto who = outpost.holder(flags.as);
  if (!who) return complain(who.error());
  const engine::DeadLetters letters(outpost.deps());
  const auto answer = (*db)->transact("dead letter", [&](store::Tx& tx) {
    return (letters.*how)(tx, {*id, *who, "cli", flags.reason});
  });
  const std::string words = core::as_text(answer.message);
  if (flags.json) {
    std::cout << Json{{"done", answer.done}, {"message", words}}.dump(2) << "\n";
  } else {
    (answer.done ? std::cout : std::cerr) << words;
  }
  return answer.done ? kDone : kFailed;
}

}  // namespace

void add_dead_letters(CLI::App& cli, int& exit_code) {
  auto* all = cli.add_subcommand("dead-letters",
                                 "List what could not be done; try it again, or put it away");
  all->require_subcommand(0, 1);
  const auto flags = std::make_shared<Flags>();
  const auto add_flags = [flags](CLI::App& command) {
    add_reach_flags(command, flags->reach);
    command.add_flag("--json", flags->json, "Machine-readable");
  };
  add_flags(*all);
  all->callback([all, flags, &exit_code] {
    if (all->get_subcommands().empty()) exit_code = list(*flags);
  });
  auto* listing = all->add_subcommand("list", "What waits for a person");
  add_flags(*listing);
  listing->callback([flags, &exit_code] { exit_code = list(*flags); });
  const auto add = [&](const char* name, const char* help, Resolve how) {
    auto* command = all->add_subcommand(name, help);
    add_flags(*command);
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
