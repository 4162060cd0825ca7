#include "adapters/slack/manifest.h"

#include "adapters/slack/scopes.h"

namespace countersign::adapters::slack {
namespace {

constexpr const char* kDescription =
    "Proposes fixes for alerts, and carries them out when the right people agree.";

bool is_scalar(const Json& value) { return !value.is_object() && !value.is_array(); }

// JSON's scalars are YAML's too; only the nesting is written differently.
void write_yaml(const Json& value, int depth, std::string& out) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  const auto write_member = [&](const std::string& head, const Json& member) {
    out += indent + head;
    if (is_scalar(member)) {
      out += " " + member.dump() + "\n";
    } else {
      out += "\n";
      write_yaml(member, depth + 1, out);
    }
  };
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) write_member(key + ":", member);
  } else {
    for (const Json& member : value) write_member("-", member);
  }
}

}  // namespace

Json manifest(const ManifestOptions& options) {
  const Json command = {{"command", options.slash_command},
                        {"description", "Ask Countersign: help, status, remediate, approve, why"},
                        {"usage_hint", "help"},
                        {"should_escape", true}};
  return {{"display_information", {{"name", options.app_name}, {"description", kDescription}}},
          {"features",
           {{"bot_user", {{"display_name", options.bot_name}, {"always_online", true}}},
            {"app_home",
             {{"home_tab_enabled", false},
              {"messages_tab_enabled", true},
              {"messages_tab_read_only_enabled", false}}},
            {"slash_commands", Json::array({command})}}},
          {"oauth_config", {{"scopes", {{"bot", bot_scopes()}}}}},
          {"settings",
           {{"event_subscriptions", {{"bot_events", bot_events()}}},
            {"interactivity", {{"is_enabled", true}}},
            {"org_deploy_enabled", false},
            {"socket_mode_enabled", true},
            {"token_rotation_enabled", false}}}};
}

std::string manifest_yaml(const ManifestOptions& options) {
  std::string out;
  write_yaml(manifest(options), 0, out);
  return out;
}

}  // namespace countersign::adapters::slack
