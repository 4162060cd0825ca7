#include "bot/engine/desk.h"

#include <algorithm>
#include <array>
#include <optional>

#include "bot/engine/chain.h"
#include "bot/engine/narrate.h"
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

std::optional<Settlement> settlement_of(const std::string& verb) {
  if (verb == "happened") return Settlement::happened;
  if (verb == "nothappened") return Settlement::not_happened;
  return verb == "rerun" ? std::optional(Settlement::rerun) : std::nullopt;
}

}  // namespace

void Desk::act(core::Act act, std::function<void(core::ActAnswer)> answer) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() < kWaiting) {
      waiting_.push_back({std::move(act), std::move(answer), Clock::now()});
      answer = nullptr;
    }
  }
  if (answer) return answer({"Too much is going on. Please press again in a moment."});
  arrived_.ring();
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
    judgement.words = kBroken;
  }
  if (judgement.early && Clock::now() - item.since < kAhead) {
    const std::scoped_lock lock(mutex_);
    early_.push_back(std::move(item));
  } else {
    item.answer({judgement.words});
  }
  return true;
}

Desk::Judgement Desk::judge(const core::Act& act) {
  if (act.kind != core::Act::Kind::button) return emoji(act);
  if (!act.human) return {"Bots cannot decide anything here."};
  const auto pressed = unseal(act.context, deps_.button_key);
  if (!pressed) {
    obs::warning("a button that is not ours was pressed",
                 {{"act", act.id}, {"person", act.person.key}});
    return {"This button is not one of mine. Nothing was done."};
  }
  return press(act, *pressed);
}

Desk::Judgement Desk::press(const core::Act& act, const Press& pressed) {
  if (pressed.verb == "why") {
    explain(pressed);
    return {};
  }
  if (const auto settlement = settlement_of(pressed.verb))
    return {voting_.settle(pressed.run, pressed.fence, *settlement, act.person)};
  Ballot ballot;
  ballot.run = pressed.run;
  ballot.approval = pressed.approval;
  ballot.voter = act.person;
  ballot.choice = pressed.verb == "approve" ? core::VoteChoice::approve : core::VoteChoice::deny;
  ballot.act_id = act.id;
  ballot.via = "button";
  ballot.plan_hash = pressed.plan_hash;
  ballot.message_ref = act.place.chat + ":" + act.message_id;
  const auto answer = voting_.cast(ballot);
  return {answer.words, answer.verdict == core::VoteVerdict::not_posted};
}

Desk::Judgement Desk::emoji(const core::Act& act) {
  const auto choice = choice_of(act.emoji);
  if (!choice) return {};
  const std::string message_ref = act.place.chat + ":" + act.message_id;
  bool sending = false;
  const auto approval =
      deps_.db.transact("approval of message", [&](store::Tx& tx) -> std::optional<core::Approval> {
        const auto id = store::approval_of_message(tx, message_ref);
        sending = !id && store::unsent(tx, act.place.chat) > 0;
        return id ? store::find_approval(tx, *id) : std::nullopt;
      });
  if (!approval) return {"", sending};  // otherwise an emoji on something else
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
  if (!answer.words.empty() && act.human && !removed) tell(act, answer.words);
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
