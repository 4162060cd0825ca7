// !dead-letters, !retry and !discard: what could not be done, and what people make of it.
#include <algorithm>

#include "bot/engine/commander.h"
#include "bot/engine/dead_letter_words.h"
#include "bot/engine/narrate.h"
#include "bot/engine/overview.h"
#include "bot/engine/refs.h"

namespace countersign::engine {

Commander::Reply Commander::dead_letters(store::Tx& tx, const Call& call) {
  return {dead_letters_message(store::dead_letters(tx, Overview::kListed),
                               store::count_dead_letters(tx), tx.now(),
                               call.now.settings.command_prefix),
          false,
          {}};
}

Commander::Reply Commander::retry(store::Tx& tx, const Call& call) {
  return resolve(tx, call, &DeadLetters::retry);
}

Commander::Reply Commander::discard(store::Tx& tx, const Call& call) {
  return resolve(tx, call, &DeadLetters::discard);
}

Commander::Reply Commander::resolve(store::Tx& tx, const Call& call, ResolveLetter how) {
  const auto sorry = [](std::string text) {
    return Reply{note(core::Tone::bad, std::move(text)), true, {}};
  };
  const auto& words = call.command.words;
  const auto id = words.empty() ? std::nullopt : parse_dead_letter(words.front());
  const std::string& prefix = call.now.settings.command_prefix;
  if (!id)
    return sorry("Which dead letter? Name it: " + prefix + call.command.verb + " D12. " + prefix +
                 "dead-letters lists them.");
  if (std::ranges::find(call.holders, call.who.key, &core::Person::key) == call.holders.end())
    return sorry("Only somebody who holds a role can do that.");
  const std::vector<std::string> reason(words.begin() + 1, words.end());
  auto answer = (letters_.*how)(tx, {*id, call.who, "command", join(reason, " ")});
  deps_.signals.planned.ring();
  deps_.signals.events.ring();
  return {std::move(answer.message), !answer.done, answer.run};
}

}  // namespace countersign::engine
