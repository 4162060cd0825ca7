// What a person makes of a dead letter: try it again or put it away. Chat and command line end
// here; the resolution, what follows from it and its record are one transaction, and the first one
// counts.
#pragma once
#include <string>

#include "bot/core/result.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/store/dead_letters.h"

namespace countersign::engine {

struct LetterOrder {
  core::DeadLetterId letter;
  core::Person who;
  std::string via;  // command, cli
  std::string why;  // may be empty
};
struct LetterAnswer {
  bool done = false;
  core::Message message;
  core::RunId run;  // that was planned anew
};

class DeadLetters {
 public:
  explicit DeadLetters(const Deps& deps) : deps_(deps), announcer_(deps) {}

  // Everybody who holds a role may order something. Blocking; not inside a transaction.
  static std::vector<core::Person> holders(const Deps& deps);

  // An event is decided again, a message sent again, a run planned again: never carried out on an
  // old approval.
  LetterAnswer retry(store::Tx& tx, const LetterOrder& order) const;
  LetterAnswer discard(store::Tx& tx, const LetterOrder& order) const;

 private:
  // What was done, in words, or why it cannot be done.
  Result<std::string> requeue_event(store::Tx& tx, const store::DeadLetter& letter) const;
  Result<std::string> requeue_message(store::Tx& tx, const store::DeadLetter& letter) const;
  Result<std::string> plan_again(store::Tx& tx, const store::DeadLetter& letter,
                                 const core::Person& who) const;
  void record(store::Tx& tx, store::DeadLetter letter, const LetterOrder& order,
              const std::string& as) const;

  const Deps& deps_;
  Announcer announcer_;
};

}  // namespace countersign::engine
