// Chats, and who is reached through them: roles and the place of notices.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "config/holders.h"
#include "config/sections.h"

namespace countersign::config {
namespace {

const std::vector<std::string> kChatKinds = {"mattermost", "slack"};

std::vector<std::string> names(const std::vector<Chat>& chats) {
  std::vector<std::string> out;
  for (const Chat& chat : chats) out.push_back(chat.name);
  return out;
}

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool known_kind(const Reader& reader, const std::string& kind) {
  if (holds(kChatKinds, kind)) return true;
  if (!kind.empty()) reader.error(unknown("chat kind", kind, kChatKinds));
  return false;
}

std::vector<std::string> read_list(const Reader& list, const std::vector<Chat>& chats) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const Reader& item : list.items()) {
    const std::string member = read_member(item, chats);
    if (member.empty()) continue;
    if (seen.insert(member).second) {
      out.push_back(member);
    } else {
      item.warning(fmt::format("'{}' is listed twice", member));
    }
  }
  return out;
}

// Whether this kind of chat can ever say who is in a group that is written so.
bool is_group(const std::string& kind, const std::string& name) {
  static const re2::RE2 mattermost(R"(#[^@]+(@admins)?|@team-admins|@system-admins)");
  static const re2::RE2 slack(R"(@.+|S[A-Z0-9]{2,39})");
  if (!holds(kChatKinds, kind)) return true;  // reported where it stands
  return re2::RE2::FullMatch(name, kind == "slack" ? slack : mattermost);
}

void check_groups(const Reader& groups, const std::vector<Chat>& chats) {
  for (const Reader& item : groups.items()) {
    const std::string group = item.text();
    const auto colon = group.find(':');
    const auto chat = std::ranges::find(chats, group.substr(0, colon), &Chat::name);
    if (colon == std::string::npos || chat == chats.end()) continue;
    if (is_group(chat->kind, group.substr(colon + 1))) continue;
    item.error(chat->kind == "slack"
                   ? fmt::format("'{}' is no group: write {}:@handle", group, chat->name)
                   : fmt::format("'{0}' is no group: write {1}:#channel, {1}:#channel@admins, "
                                 "{1}:@team-admins or {1}:@system-admins",
                                 group, chat->name));
  }
}

void read_mattermost(const Reader& reader, const Secrets& secrets, Chat& chat) {
  reader.map_of({"name", "kind", "url", "token", "team"});
  if (reader.at("url").required()) chat.url = read_url(reader.at("url"));
  chat.token = secrets.required(reader.at("token")).value_or(Secret());
  chat.team = reader.at("team").required_text();
}

// Slack's two tokens are easily mixed up, and the error of the wrong one says little.
Secret read_slack_token(const Reader& reader, const Secrets& secrets, const std::string& prefix) {
  const Secret token = secrets.required(reader).value_or(Secret());
  if (!token.empty() && !token.reveal().starts_with(prefix)) {
    reader.error("is not the right kind of token: it begins with " + prefix);
  }
  return token;
}

void read_slack(const Reader& reader, const Secrets& secrets, Chat& chat) {
  reader.map_of({"name", "kind", "app_token", "bot_token", "api_url"});
  chat.app_token = read_slack_token(reader.at("app_token"), secrets, "xapp-");
  chat.bot_token = read_slack_token(reader.at("bot_token"), secrets, "xoxb-");
  if (reader.at("api_url").present()) chat.api_url = read_url(reader.at("api_url")) + "/";
}

}  // namespace

std::string read_member(const Reader& reader, const std::vector<Chat>& chats) {
  const std::string member = reader.required_text();
  if (member.empty()) return {};
  static const re2::RE2 form(R"(([a-z0-9_-]+):(\S+))");
  std::string chat;
  std::string person;
  if (!re2::RE2::FullMatch(member, form, &chat, &person)) {
    reader.error(fmt::format("expected CHAT:PERSON such as mm:alice, found '{}'", member));
    return {};
  }
  if (holds(names(chats), chat)) return member;
  reader.error(unknown("chat", chat, names(chats)));
  return {};
}

std::vector<Chat> read_chats(const Reader& chats, const Secrets& secrets) {
  std::vector<Chat> out;
  std::vector<std::string> taken;
  for (const Reader& reader : chats.items()) {
    Chat chat;
    chat.name = unique_name(reader, taken);
    chat.kind = reader.at("kind").required_text();
    // Kept even if its kind is unknown, so that what refers to it is not reported as well.
    if (known_kind(reader.at("kind"), chat.kind)) {
      chat.kind == "slack" ? read_slack(reader, secrets, chat)
                           : read_mattermost(reader, secrets, chat);
    }
    if (!chat.name.empty()) out.push_back(std::move(chat));
  }
  return out;
}

std::map<std::string, Role> read_roles(const Reader& roles, const std::vector<Chat>& chats) {
  std::map<std::string, Role> out;
  for (const auto& [name, reader] : roles.members()) {
    if (!valid_name(name)) reader.error("a role's name may only hold a-z, 0-9, _ and -");
    if (!reader.required()) continue;
    reader.map_of({"members", "groups"});
    Role role{name, read_list(reader.at("members"), chats), read_list(reader.at("groups"), chats)};
    check_groups(reader.at("groups"), chats);
    if (reader.at("members").items().empty() && reader.at("groups").items().empty())
      reader.warning("nobody holds this role");
    out[name] = std::move(role);
  }
  return out;
}

std::map<std::string, std::vector<std::string>> read_people(const Reader& people,
                                                            const std::vector<Chat>& chats) {
  std::map<std::string, std::vector<std::string>> out;
  std::map<std::string, std::string> owner;  // by account
  for (const auto& [name, reader] : people.members()) {
    if (!valid_name(name)) reader.error("a person's name may only hold a-z, 0-9, _ and -");
    out[name] = read_list(reader, chats);
    for (const std::string& account : out[name]) {
      const auto [other, fresh] = owner.emplace(account, name);
      if (!fresh && other->second != name) {
        reader.error(fmt::format("'{}' is an account of {} already", account, other->second));
      }
    }
    if (out[name].size() < 2)
      reader.warning("links nothing: a person here has two accounts or more");
  }
  return out;
}

std::vector<Notify> read_notify(const Reader& notify, const std::vector<Chat>& chats) {
  std::vector<Notify> out;
  if (!notify.present() && !chats.empty()) {
    notify.warning("left out: plans of rules that name no channel have nowhere to go");
  }
  for (const core::NotifyTarget& place : read_places(notify, chats))
    out.push_back({place.chat, place.channel});
  return out;
}

std::vector<core::NotifyTarget> read_places(const Reader& places, const std::vector<Chat>& chats) {
  std::vector<core::NotifyTarget> out;
  for (const Reader& one : one_or_more(places)) {
    if (!one.required() || !one.map_of({"chat", "channel"})) continue;
    out.push_back({one.at("chat").required_text(), one.at("channel").required_text()});
    if (!out.back().chat.empty() && !holds(names(chats), out.back().chat)) {
      one.at("chat").error(unknown("chat", out.back().chat, names(chats)));
    }
  }
  return out;
}

std::map<std::string, std::vector<std::string>> read_teams(const Reader& teams,
                                                           const Settings& settings) {
  std::map<std::string, std::vector<std::string>> out;
  std::map<std::string, std::string> team_of;  // by person
  for (const auto& [name, reader] : teams.members()) {
    if (!valid_name(name)) reader.error("a team's name may only hold a-z, 0-9, _ and -");
    out[name] = read_list(reader, settings.chats);
    for (const std::string& member : out[name]) {
      const auto [other, fresh] = team_of.emplace(person_behind(member, settings), name);
      if (!fresh && other->second != name)
        reader.error(fmt::format("'{}' is of the team {} already", member, other->second));
    }
    if (out[name].empty()) reader.warning("nobody is of this team");
  }
  return out;
}

}  // namespace countersign::config
