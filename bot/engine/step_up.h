// Step-up: the one-time codes (RFC 6238) by which a person shows to be more than the holder of a
// chat account. Enrolling, checking, resetting; each in the caller's transaction, each with its
// audit row, which holds neither code nor secret (T45).
#pragma once
#include <string>

#include "bot/core/form.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/store/step_up.h"

namespace countersign::engine {

class StepUp {
 public:
  static constexpr core::Duration kOffered = std::chrono::minutes(15);  // until it is confirmed
  static constexpr char kCode[] = "code";                               // the field of its forms

  explicit StepUp(const Deps& deps) : deps_(deps), announcer_(deps) {}

  // Whether this is a code of this person, as Directory::identify() names them; it is used up then.
  // An Error is fit for the person: invalid, and another code may do (wrong, used already), or
  // refused, and none will do now (not enrolled, locked). Commit in any case: wrong tries count.
  // The person's row is the last lock of all; the clock is read after it.
  Result<void> check(store::Tx& tx, const core::Person& who, const std::string& code) const;
  // Asks for a code to approve with; without context.
  core::Form code_form(core::RunId run) const;

  // A new secret, as a message for the eyes of `account` only (Announcer::tell); it counts once a
  // code has confirmed it. Refused if one is confirmed already: whoever has taken over a chat
  // account must not replace the second factor.
  Result<core::Message> offer(store::Tx& tx, const core::Person& who, const core::Person& account,
                              const core::CorrelationId& correlation) const;
  // What the button below that message opens.
  core::Form enrol_form() const;
  // Errors as check() has them.
  Result<void> confirm(store::Tx& tx, const core::Person& who, const std::string& code) const;

  struct Reset {
    core::Person whose;
    core::Person by;  // somebody else, who holds a role
    std::string via;  // cli
    std::string why;
  };
  // Forgets a second factor, and says so where plans go.
  Result<void> reset(store::Tx& tx, const Reset& order) const;

 private:
  Result<void> judge(store::Tx& tx, store::StepUpRow row, const std::string& code,
                     core::Instant now) const;
  void note(store::Tx& tx, const core::Person& who, std::string_view verdict, Json body = {}) const;
  core::Message offer_message(const Snapshot& now, const core::Person& who,
                              const std::string& secret) const;

  const Deps& deps_;
  Announcer announcer_;
};

}  // namespace countersign::engine
