#include "adapters/slack/scopes.h"

#include <algorithm>
#include <utility>

namespace countersign::adapters::slack {
namespace {

const std::vector<std::pair<std::string, std::string>>& uses() {
  static const std::vector<std::pair<std::string, std::string>> kUses = {
      {"app_mentions:read", "mentions of the bot are not heard"},
      {"channels:history", "commands in public channels are not heard"},
      {"channels:read", "public channels are not found by name"},
      {"chat:write", "nothing can be posted"},
      {"commands", "the slash command does not exist"},
      {"files:write", "long output cannot be attached"},
      {"groups:history", "commands in private channels are not heard"},
      {"groups:read", "private channels are not found by name"},
      {"im:history", "direct messages are not heard"},
      {"im:read", "direct channels cannot be looked at"},
      {"im:write", "nobody can be told something directly"},
      {"reactions:read", "votes by emoji are not heard"},
      {"usergroups:read", "groups in the configuration stand for nobody"},
      {"users:read", "nobody can be identified"},
      {"users:read.email", "people are not found by their e-mail address"}};
  return kUses;
}

}  // namespace

const std::vector<std::string>& bot_scopes() {
  static const std::vector<std::string> kScopes = [] {
    std::vector<std::string> scopes;
    for (const auto& [scope, use] : uses()) scopes.push_back(scope);
    return scopes;
  }();
  return kScopes;
}

const std::vector<std::string>& bot_events() {
  static const std::vector<std::string> kEvents = {"app_mention",    "message.channels",
                                                   "message.groups", "message.im",
                                                   "reaction_added", "reaction_removed"};
  return kEvents;
}

std::string use_of_scope(const std::string& scope) {
  const auto found = std::ranges::find(uses(), scope, [](const auto& use) { return use.first; });
  return found == uses().end() ? "something does not work" : found->second;
}

}  // namespace countersign::adapters::slack
