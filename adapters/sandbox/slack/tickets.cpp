#include "adapters/sandbox/slack/tickets.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr Millis kRemembered = 60 * 60'000;  // how long a late use is told from a made-up one

template <class Map>
void forget_old(Map& made, Millis now) {
  std::erase_if(made, [&](const auto& entry) { return now - entry.second.at > kRemembered; });
}

}  // namespace

std::string Triggers::make(Ids& ids, const std::string& user_id, Millis now) {
  std::string trigger = std::to_string(now) + "." + std::to_string(++count_) + ".";
  for (const char c : ids.uuid()) {
    if (c != '-') trigger += c;
  }
  forget_old(made_, now);
  made_[trigger] = {user_id, now};
  return trigger;
}

std::string Triggers::redeem(const std::string& trigger, Millis now, std::string& refusal) {
  const auto at = made_.find(trigger);
  if (at == made_.end()) {
    refusal = "invalid_trigger_id";
  } else if (at->second.used) {
    refusal = "exchanged_trigger_id";
  } else if (now - at->second.at > kLife) {
    refusal = "expired_trigger_id";
  }
  if (!refusal.empty()) return "";
  at->second.used = true;
  return at->second.user_id;
}

std::string ResponseUrls::make(Ids& ids, Reply reply) {
  const std::string secret = ids.fresh();
  forget_old(made_, reply.at);
  made_[secret] = std::move(reply);
  return secret;
}

const Reply* ResponseUrls::use(const std::string& secret, Millis now, std::string& refusal) {
  const auto at = made_.find(secret);
  if (at == made_.end()) {
    refusal = "invalid_url";
  } else if (now - at->second.at > kLife) {
    refusal = "expired_url";
  } else if (at->second.left == 0) {
    refusal = "used_url";
  }
  if (!refusal.empty()) return nullptr;
  --at->second.left;
  return &at->second;
}

}  // namespace countersign::adapters::sandbox::slack
