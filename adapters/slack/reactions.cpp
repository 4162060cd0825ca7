#include "adapters/slack/reactions.h"

#include <algorithm>

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kRemembered = 5'000;  // messages
constexpr std::size_t kStanding = 500;      // reactions

// The oldest message sorts first, and is forgotten first.
std::string key_of(const std::string& channel, const std::string& message) {
  return message + " " + channel;
}

}  // namespace

void Reactions::bound() {
  while (messages_.size() > kRemembered) messages_.erase(messages_.begin());
}

Reactions::News Reactions::heard(const Reaction& r) {
  const std::lock_guard lock(mutex_);
  State& state = messages_[key_of(r.channel, r.message)][{r.user, r.emoji}];
  const bool repeated = state.heard != 0 && state.present == r.added;
  const bool stale = !repeated && !state.at.empty() && r.at < state.at;
  if (!stale) state = {r.added, state.kept, std::max(state.at, r.at), ++count_};
  bound();
  return stale ? News::stale : repeated ? News::repeated : News::fresh;
}

std::uint64_t Reactions::mark() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::vector<Reactions::Change> Reactions::compare(const std::string& channel,
                                                  const std::string& message,
                                                  const std::vector<Reacted>& there,
                                                  std::uint64_t mark) const {
  const std::lock_guard lock(mutex_);
  const auto found = messages_.find(key_of(channel, message));
  const OfMessage known = found == messages_.end() ? OfMessage() : found->second;
  std::vector<Change> changes;
  for (const auto& [what, state] : known) {
    const bool gone = state.present && std::ranges::find(there, what) == there.end();
    if (gone && state.heard <= mark) changes.push_back({what, false});
  }
  for (const auto& what : there) {
    const auto state = known.find(what);
    const bool news =
        state == known.end() || (!state->second.present && state->second.heard <= mark);
    if (news) changes.push_back({what, true});
  }
  return changes;
}

void Reactions::took(const std::string& channel, const std::string& message, const Change& change,
                     std::uint64_t mark) {
  const std::lock_guard lock(mutex_);
  State& state = messages_[key_of(channel, message)][change.what];
  if (state.heard > mark) return;
  state.present = change.added;
  state.heard = ++count_;
  bound();
}

void Reactions::kept(const std::string& channel, const std::string& message, const Change& change) {
  const std::lock_guard lock(mutex_);
  const auto found = messages_.find(key_of(channel, message));
  if (found == messages_.end()) return;
  const auto state = found->second.find(change.what);
  if (state != found->second.end()) state->second.kept = change.added;
}

void Reactions::forget(const std::string& channel, const std::string& message,
                       const Reacted& what) {
  const std::lock_guard lock(mutex_);
  const auto found = messages_.find(key_of(channel, message));
  if (found == messages_.end()) return;
  const auto state = found->second.find(what);
  if (state == found->second.end()) return;
  state->second.present = state->second.kept;
  if (!state->second.kept) found->second.erase(state);
}

Json Reactions::standing() const {
  const std::lock_guard lock(mutex_);
  Json out = Json::array();
  for (auto message = messages_.rbegin(); message != messages_.rend(); ++message) {
    for (const auto& [what, state] : message->second) {
      if (state.kept && out.size() < kStanding)
        out.push_back({message->first, what.user, what.emoji});
    }
  }
  return out;
}

void Reactions::recall(const Json& standing) {
  const std::lock_guard lock(mutex_);
  for (const Json& entry : standing) {
    const bool well_formed =
        entry.is_array() && entry.size() == 3 &&
        std::ranges::all_of(entry, [](const Json& part) { return part.is_string(); });
    if (!well_formed) continue;
    const Reacted what{entry[1].get<std::string>(), entry[2].get<std::string>()};
    State& state = messages_[entry[0].get<std::string>()][what];
    if (state.heard == 0) state = {true, true, "", ++count_};
  }
  bound();
}

}  // namespace countersign::adapters::slack
