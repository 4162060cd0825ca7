#include "bot/engine/desk.h"

#include <algorithm>
#include <array>
#include <optional>

#include "bot/engine/chain.h"
#include "bot/engine/faults.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/obs/log.h"
#include "bot/store/approvals.h"
#include "bot/store/outbox.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

constexpr std::chrono::milliseconds kPoll{250};
constexpr std::string_view kBroken =
    "I cannot reach my database, so nothing has been counted. Please press again in a moment.";

// Skin tones are different names on every platform: "+1_dark_skin_tone", "thumbsup::skin-tone-6".
std::optional<core::VoteChoice> choice_of(std::string name) {
  for (const char* tone : {"_light_skin_tone", "_medium_light_skin_tone", "_medium_skin_tone",
                           "_medium_dark_skin_tone", "_dark_skin_tone"}) {
    const std::string_view suffix(tone);
    if (name.ends_with(suffix) && name != suffix) name.resize(name.size() - suffix.size());
  }
  if (const auto colons = name.find("::"); colons != std::string::npos) name.resize(colons);
  constexpr std::array yes{"white_check_mark", "heavy_check_mark", "+1", "thumbsup"};
  constexpr std::array no{"x", "negative_squared_cross_mark", "-1", "thumbsdown"};
  if (std::ranges::find(yes, name) != yes.end()) return core::VoteChoice::approve;
  if (std::ranges::find(no, name) != no.end()) return core::VoteChoice::deny;
  return std::nullopt;
}

std::optional<core::VoteChoice> vote_of(const std::string& verb) {
  if (verb == "approve") return core::VoteChoice::approve;
  return verb == "deny" ? std::optional(core::VoteChoice::deny) : std::nullopt;
}

std::optional<Settlement> settlement_of(const std::string& verb) {
  if (verb == "happened") return Settlement::happened;
  if (verb == "nothappened") return Settlement::not_happened;
  return verb == "rerun" ? std::optional(Settlement::rerun) : std::nullopt;
}

}  // namespace

core::ActAnswer Desk::said(std::string words) {
  core::ActAnswer answer;
  answer.tell = std::move(words);
  return answer;
}

Ballot Desk::ballot_of(const core::Act& act, const Press& pressed, core::VoteChoice choice,
                       const char* via) {
  Ballot ballot;
  ballot.run = pressed.run;
  ballot.approval = pressed.approval;
  ballot.voter = act.person;
  ballot.human = act.human;
  ballot.choice = choice;
  ballot.act_id = act.id;
  ballot.via = via;
  ballot.plan_hash = pressed.plan_hash;
  return ballot;
}

void Desk::act(core::Act act, std::function<void(core::ActAnswer)> answer) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() < kWaiting) {
      waiting_.push_back({std::move(act), std::move(answer), Clock::now()});
      answer = nullptr;
    }
  }
  if (!answer) return arrived_.ring();
  auto busy = said("Too much is going on. Please press again in a moment.");
  busy.kept = false;
  answer(std::move(busy));
}

void Desk::connection_changed(const std::string& chat, bool up, const std::string& why) {
  {
    const std::scoped_lock lock(mutex_);
    connections_[chat] = up ? "" : why;
  }
  if (up) {
    obs::info("connected to chat", {{"chat", chat}});
    deps_.signals.outbox.ring();
  } else {
    obs::warning("chat is away, trying again", {{"chat", chat}, {"why", why}});
  }
}

Result<std::string> Desk::position(const std::string& chat) {
  try {
    return deps_.db.transact("chat position",
                             [&](store::Tx& tx) { return store::chat_position(tx, chat); });
  } catch (const store::StoreError& e) {
    return unavailable(e.what());
  }
}

// Only a hint where to begin next time: if it cannot be noted, more is heard again.
void Desk::heard_up_to(const std::string& chat, const std::string& position) {
  try {
    crash_point("position.before_commit");
    deps_.db.transact("note chat position",
                      [&](store::Tx& tx) { store::note_chat_position(tx, chat, position); });
    crash_point("position.after_commit");
  } catch (const store::StoreError& e) {
    obs::warning("the position in a chat could not be noted", {{"chat", chat}, {"why", e.what()}});
  }
}

std::vector<core::OpenQuestion> Desk::open_questions(const std::string& chat) {
  try {
    return deps_.db.transact("open questions",
                             [&](store::Tx& tx) { return store::open_questions(tx, chat); });
  } catch (const store::StoreError& e) {
    obs::warning("open questions could not be read", {{"chat", chat}, {"why", e.what()}});
    return {};
  }
}

std::map<std::string, std::string> Desk::connections() const {
  const std::scoped_lock lock(mutex_);
  return connections_;
}

// The early ones have their turn again after a pause, whenever nothing else is left to judge.
bool Desk::next(Waiting& out) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.empty()) {
    waiting_.swap(early_);
    return false;
  }
  out = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

bool Desk::run_once(const std::stop_token&) {
  Waiting item;
  if (!next(item)) return false;
  Judgement judgement;
  try {
    judgement = judge(item.act);
  } catch (const store::StoreError& e) {
    obs::error("an act could not be judged", {{"act", item.act.id}, {"why", e.what()}});
    judgement.answer.tell = kBroken;
    judgement.answer.kept = false;
  }
  if (judgement.early && Clock::now() - item.since < kAhead) {
    const std::scoped_lock lock(mutex_);
    early_.push_back(std::move(item));
  } else {
    item.answer(std::move(judgement.answer));
  }
  return true;
}

Desk::Judgement Desk::judge(const core::Act& act) {
  using Kind = core::Act::Kind;
  if (act.kind == Kind::emoji_added || act.kind == Kind::emoji_removed) return emoji(act);
  if (!act.human) return {said("Bots cannot decide anything here.")};
  const auto pressed = unseal(act.context, deps_.button_key);
  if (!pressed) {
    obs::warning("a button that is not ours was pressed",
                 {{"act", act.id}, {"person", act.person.key}});
    return {said("This button is not one of mine. Nothing was done.")};
  }
  if (act.kind == Kind::form) return {answer_form(act, *pressed)};
  if (pressed->verb == "more") return {choose(act, *pressed)};
  return press(act, *pressed);
}

Desk::Judgement Desk::press(const core::Act& act, const Press& pressed) {
  if (pressed.verb == "why") {
    explain(pressed);
    return {};
  }
  if (pressed.verb == "stop") return {withdraw(act, pressed)};
  if (pressed.verb == "enrol" || pressed.verb == "review") return {open_form(pressed)};
  if (const auto settlement = settlement_of(pressed.verb))
    return {said(voting_.settle(pressed.run, pressed.fence, *settlement, act.person))};
  const auto choice = vote_of(pressed.verb);
  if (!choice) return {said("This button is not one of mine. Nothing was done.")};
  Ballot ballot = ballot_of(act, pressed, *choice, "button");
  ballot.message_ref = core::message_ref(act.place.chat, act.place.channel, act.message_id);
  const auto answer = voting_.cast(ballot);
  if (answer.verdict == core::VoteVerdict::needs_code) {
    core::ActAnswer asked;
    asked.form = step_up_.code_form(pressed.run);
    asked.form->context = seal(pressed, deps_.button_key);
    return {asked};
  }
  return {said(answer.words), answer.verdict == core::VoteVerdict::not_posted};
}

// What stands behind "More". The choice is the client's word, the rest is sealed.
core::ActAnswer Desk::withdraw(const core::Act& act, const Press& pressed) {
  const auto who = deps_.directory.identify(act.person);
  if (!who) return said(who.error().message + ".");
  const auto electorate = voting_.electorate_of(pressed.run);
  const auto done = deps_.db.transact("withdraw", [&](store::Tx& tx) {
    return voting_.withdraw(tx, pressed.run, *who, "", electorate);
  });
  deps_.signals.stops.ring();
  deps_.signals.outbox.ring();
  return done ? core::ActAnswer{} : said(done.error().message + ".");
}

Desk::Judgement Desk::emoji(const core::Act& act) {
  const auto choice = choice_of(act.emoji);
  if (!choice) return {};
  const std::string message_ref =
      core::message_ref(act.place.chat, act.place.channel, act.message_id);
  bool sending = false;
  const auto approval =
      deps_.db.transact("approval of message", [&](store::Tx& tx) -> std::optional<core::Approval> {
        const auto id = store::approval_of_message(tx, message_ref);
        sending = !id && store::unsent(tx, act.place.chat) > 0;
        return id ? store::find_approval(tx, *id) : std::nullopt;
      });
  if (!approval) return {{}, sending};  // otherwise an emoji on something else
  const bool removed = act.kind == core::Act::Kind::emoji_removed;
  if (removed &&
      (*choice == core::VoteChoice::deny || approval->state != core::ApprovalState::pending))
    return {};
  Ballot ballot;
  ballot.run = approval->run;
  ballot.approval = approval->id;
  ballot.voter = act.person;
  ballot.human = act.human;
  ballot.choice = removed ? core::VoteChoice::retract : *choice;
  ballot.act_id = act.id;
  ballot.via = "emoji";
  ballot.message_ref = message_ref;
  const auto answer = voting_.cast(ballot);
  const bool known = act.caught_up && answer.verdict == core::VoteVerdict::already_voted;
  if (!answer.words.empty() && act.human && !removed && !known) tell(act, answer.words);
  return {};
}

void Desk::explain(const Press& pressed) {
  deps_.db.transact("why", [&](store::Tx& tx) {
    const auto chain = load_chain(tx, {pressed.run, {}, {}});
    if (chain && !chain->runs.empty())
      announcer_.say_in_thread(tx, *store::find_run(tx, pressed.run), why_message(*chain));
  });
  deps_.signals.outbox.ring();
}

void Desk::tell(const core::Act& act, const std::string& words) {
  deps_.db.transact("tell", [&](store::Tx& tx) {
    announcer_.tell(tx, act.place, act.person.key, note(core::Tone::bad, words));
  });
  deps_.signals.outbox.ring();
}

void Desk::start() {
  loop_ = std::make_unique<Loop>("desk", arrived_, kPoll,
                                 [this](const std::stop_token& stop) { return run_once(stop); });
}

void Desk::stop() {
  loop_.reset();
  while (run_once({})) {
  }
}

}  // namespace countersign::engine
