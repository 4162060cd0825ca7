// Chats, and who is reached through them: roles and the place of notices.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "config/sections.h"

namespace countersign::config {
namespace {

const std::vector<std::string> kChatKinds = {"mattermost"};

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
  if (kind == "slack") {
    reader.error("chat kind 'slack' is not supported yet; supported: " + listed(kChatKinds));
  } else if (!kind.empty()) {
    reader.error(unknown("chat kind", kind, kChatKinds));
  }
  return false;
}

// "mm:alice" of a chat that exists.
std::string read_member(const Reader& reader, const std::vector<std::string>& chats) {
  const std::string member = reader.required_text();
  if (member.empty()) return {};
  static const re2::RE2 form(R"(([a-z0-9_-]+):(\S+))");
  std::string chat;
  std::string person;
  if (!re2::RE2::FullMatch(member, form, &chat, &person)) {
    reader.error(fmt::format("expected CHAT:PERSON such as mm:alice, found '{}'", member));
    return {};
  }
  if (holds(chats, chat)) return member;
  reader.error(unknown("chat", chat, chats));
  return {};
}

std::vector<std::string> read_list(const Reader& list, const std::vector<std::string>& chats) {
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

}  // namespace

std::vector<Chat> read_chats(const Reader& chats, const Secrets& secrets) {
  std::vector<Chat> out;
  std::vector<std::string> taken;
  for (const Reader& reader : chats.items()) {
    Chat chat;
    chat.name = unique_name(reader, taken);
    chat.kind = reader.at("kind").required_text();
    // Kept even if its kind is unknown, so that what refers to it is not reported as well.
    if (known_kind(reader.at("kind"), chat.kind)) {
      reader.map_of({"name", "kind", "url", "token", "team"});
      if (reader.at("url").required()) chat.url = read_url(reader.at("url"));
      chat.token = secrets.required(reader.at("token")).value_or(Secret());
      chat.team = reader.at("team").required_text();
    }
    if (!chat.name.empty()) out.push_back(std::move(chat));
  }
  return out;
}

std::map<std::string, Role> read_roles(const Reader& roles, const std::vector<Chat>& chats) {
  std::map<std::string, Role> out;
  const auto known = names(chats);
  for (const auto& [name, reader] : roles.members()) {
    if (!valid_name(name)) reader.error("a role's name may only hold a-z, 0-9, _ and -");
    if (!reader.required()) continue;
    reader.map_of({"members", "groups"});
    Role role{name, read_list(reader.at("members"), known), read_list(reader.at("groups"), known)};
    if (!role.groups.empty()) {
      reader.at("groups").warning("groups are not supported yet: only members hold the role");
    }
    if (reader.at("members").items().empty()) reader.warning("nobody holds this role");
    out[name] = std::move(role);
  }
  return out;
}

std::optional<Notify> read_notify(const Reader& notify, const std::vector<Chat>& chats) {
  if (!notify.present()) {
    if (!chats.empty()) {
      notify.warning("left out: plans of rules that name no channel have nowhere to go");
    }
    return {};
  }
  if (!notify.map_of({"chat", "channel"})) return {};
  Notify out{notify.at("chat").required_text(), notify.at("channel").required_text()};
  if (!out.chat.empty() && !holds(names(chats), out.chat)) {
    notify.at("chat").error(unknown("chat", out.chat, names(chats)));
  }
  return out;
}

}  // namespace countersign::config
