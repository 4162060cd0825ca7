#include "bot/app/outpost.h"

#include <algorithm>
#include <iostream>

#include "adapters/chat/command_event.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/core/digest.h"
#include "bot/engine/ask.h"
#include "bot/store/audit.h"

namespace countersign::app {

Outpost::Outpost(store::Database& db, std::shared_ptr<const engine::Snapshot> snapshot)
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
      deps_{db,
            current_,
            directory_,
            signals_,
            ids_,
            journal_,
            [](std::string_view) { return nullptr; },
            "",
            db.transact("button key", [this](store::Tx& tx) {
              return store::setting(tx, "button_key", ids_.token(32));
            })} {}

Outpost::~Outpost() {
  for (const auto& chat : chats_) chat.adapter->stop();
  io_.stop();
}

Result<core::Person> Outpost::account(const std::string& name) {
  const auto colon = name.find(':');
  const auto* chat = colon == std::string::npos ? nullptr : named(name.substr(0, colon));
  if (!chat) return invalid("a person is CHAT:NAME, for example mm:alice, not " + name);
  return chat->adapter->find_person(name.substr(colon + 1));
}

Result<core::Person> Outpost::person(const std::string& account_name) {
  const auto found = account(account_name);
  if (!found) return found.error();
  return directory_.identify(*found);
}

core::Incoming Outpost::typed(const core::Person& account, const std::string& command,
                              core::Instant at) {
  const auto places = engine::places_for(*current_.get(), nullptr);
  const std::string delivery = ids_.uuid();
  return adapters::chat::command_event(
      "cli", {core::sha256_of_parts("cli", delivery), delivery, "", command, at},
      places.empty() ? core::ChatPlace{} : places.front(), account, ids_.correlation());
}

Result<core::Person> Outpost::holder(const std::string& account) {
  const auto who = person(account);
  if (!who) return who.error();
  std::vector<std::string> roles;
  for (const auto& [name, role] : current_.get()->settings.roles) roles.push_back(name);
  const auto electorate = directory_.electorate(roles);
  if (electorate.find(who->key)) return *who;
  if (!electorate.silent.empty())
    return unavailable("it cannot be told whether " + account +
                       " holds a role: " + electorate.silent);
  return refused(account + " holds no role");
}

const Chat* Outpost::named(const std::string& name) const {
  const auto found =
      std::ranges::find_if(chats_, [&](const Chat& chat) { return chat.adapter->name() == name; });
  return found == chats_.end() ? nullptr : &*found;
}

int from_outpost(const ReachFlags& flags, const std::function<int(Outpost&)>& order) {
  const auto loaded =
      load_all(flags.config.empty() ? flags.state_dir + "/countersign.yaml" : flags.config);
  if (!loaded.snapshot) {
    print_problems(loaded.problems);
    return kUsage;
  }
  const auto db = reach_database(flags);
  if (!db) return complain(db.error());
  Outpost outpost(**db, loaded.snapshot);
  return order(outpost);
}

int complain(const std::string& why, int code) {
  std::cerr << "countersign: " << why << "\n";
  return code;
}

int complain(const Error& error) {
  return complain(error.message, error.kind == ErrorKind::invalid       ? kUsage
                                 : error.kind == ErrorKind::unavailable ? kUnreachable
                                                                        : kFailed);
}

}  // namespace countersign::app
