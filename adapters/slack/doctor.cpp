#include "adapters/slack/doctor.h"

#include "adapters/slack/groups.h"
#include "adapters/slack/scopes.h"
#include "bot/core/message.h"

namespace countersign::adapters::slack {
namespace {

using core::Finding;
using Level = core::Finding::Level;

Finding good(std::string what) { return {Level::good, std::move(what), ""}; }

Finding token_finding(const WebApi::Answer& answer) {
  const auto named = [&](const char* key) {
    return core::make_visible(text_at(answer.body, key), 100);
  };
  if (answer.ok() && text_at(answer.body, "bot_id").empty())
    return {Level::bad, "the bot token is somebody else's", "use the bot token (xoxb-...)"};
  if (answer.ok()) return good("signed in to " + named("team") + " as " + named("user"));
  return {Level::bad, "the bot token does not work: " + answer.why,
          answer.error.empty()
              ? "see whether this machine reaches slack.com"
              : "install the app to the workspace and copy its bot token (xoxb-...)"};
}

bool has_scope(const std::string& scopes, const std::string& wanted) {
  std::string list = "," + scopes + ",";
  std::erase(list, ' ');
  return list.find("," + wanted + ",") != std::string::npos;
}

void add_scopes(const std::string& scopes, std::vector<Finding>& out) {
  bool complete = true;
  for (const auto& scope : bot_scopes()) {
    if (has_scope(scopes, scope)) continue;
    complete = false;
    out.push_back({Level::bad, "scope " + scope + " is missing: " + use_of_scope(scope),
                   "add " + scope + " under OAuth & Permissions and install the app again"});
  }
  if (complete) out.push_back(good("has every scope it needs"));
}

Finding connection_finding(const WebApi& api, const std::stop_token& stop) {
  const auto answer = api.open_connection(stop);
  if (answer.ok()) return good("may open Socket Mode connections");
  return {Level::bad, "no Socket Mode connection: " + answer.why,
          "switch Socket Mode on and make an app-level token with connections:write (xapp-...)"};
}

Finding channel_finding(const std::string& name, Channels& channels, const std::stop_token& stop) {
  const std::string mend = "invite the bot there: /invite in " + name;
  const auto id = channels.resolve(name, stop);
  if (!id) return {Level::bad, id.error().message, mend};
  const auto member = channels.member(*id, stop);
  if (!member) return {Level::bad, name + " cannot be looked at: " + member.error().message, mend};
  if (!*member) return {Level::bad, "the bot is not in " + name, mend};
  return good("is in " + name);
}

Finding groups_finding(const WebApi& api, const std::stop_token& stop) {
  const auto readable = groups_readable(api, stop);
  if (readable) return good("reads user groups");
  return {Level::warning, "cannot read user groups: " + readable.error().message,
          "name people one by one in the configuration, or make groups readable"};
}

}  // namespace

std::vector<Finding> examine(const WebApi& api, Channels& channels,
                             const std::vector<std::string>& wanted, const std::stop_token& stop) {
  std::vector<Finding> out;
  const auto self = api.read("auth.test", Json::object(), stop);
  out.push_back(token_finding(self));
  if (self.ok() && !self.scopes.empty()) add_scopes(self.scopes, out);
  out.push_back(connection_finding(api, stop));
  if (!self.ok()) return out;
  for (const auto& name : wanted) out.push_back(channel_finding(name, channels, stop));
  out.push_back(groups_finding(api, stop));
  return out;
}

}  // namespace countersign::adapters::slack
