// The engine as far as an order of one person on the command line needs it: nothing is carried out
// here, the running bot takes it up from the database.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/net/io.h"
#include "bot/app/chats.h"
#include "bot/app/random_ids.h"
#include "bot/app/reach.h"
#include "bot/core/ports/inbox.h"
#include "bot/engine/deps.h"

namespace countersign::app {

class Outpost {
 public:
  Outpost(store::Database& db, std::shared_ptr<const engine::Snapshot> snapshot);
  ~Outpost();
  Outpost(const Outpost&) = delete;
  Outpost& operator=(const Outpost&) = delete;

  const engine::Deps& deps() const { return deps_; }

  // "mm:alice" as the account that the chat knows. Blocking.
  Result<core::Person> account(const std::string& name);
  // "mm:alice" as the person behind the account that the chat knows. Blocking.
  Result<core::Person> person(const std::string& account_name);
  // The same of a person who gives an order (--as), and therefore has to hold a role.
  Result<core::Person> holder(const std::string& account);
  // A command as if this account had typed it in the channel that hears of everything: the running
  // bot takes it up once it is accepted.
  core::Incoming typed(const core::Person& account, const std::string& command, core::Instant at);

 private:
  const Chat* named(const std::string& name) const;

  net::Io io_;
  RandomIds ids_;
  engine::Signals signals_;
  engine::Current current_;
  std::vector<Chat> chats_;
  engine::Directory directory_;
  core::NoJournal journal_;
  engine::Deps deps_;
};

// Loads the configuration (of --config, or what a demo keeps in its state directory), reaches the
// database, and gives both to `order`. What is in the way is said on stderr; the exit code.
int from_outpost(const ReachFlags& flags, const std::function<int(Outpost&)>& order);

// Says it on stderr; the exit code that fits.
int complain(const std::string& why, int code);
int complain(const Error& error);

}  // namespace countersign::app
