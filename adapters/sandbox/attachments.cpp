#include "adapters/sandbox/attachments.h"

#include <algorithm>
#include <array>

#include "adapters/sandbox/fields.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr std::array<const char*, 13> kTexts = {
    "fallback",   "color", "pretext",   "author_name", "author_link", "author_icon", "title",
    "title_link", "text",  "image_url", "thumb_url",   "footer",      "footer_icon"};
// Fields of an action that are left out when empty.
constexpr std::array<const char*, 8> kOptional = {
    "type", "name", "disabled", "style", "data_source", "options", "default_option", "integration"};

// As Go leaves fields out: false, "" and [] are nothing.
bool is_empty(const Json& value) {
  return value.is_null() || value == "" || value == false || (value.is_array() && value.empty());
}

Json complete_action(const Json& given, const std::function<std::string()>& new_id) {
  Json action = {{"id", text_at(given, "id")}};
  if (action["id"] == "") action["id"] = new_id();
  for (const char* const key : kOptional) {
    if (const auto at = given.find(key); at != given.end() && !is_empty(*at)) action[key] = *at;
  }
  return action;
}

Json complete_fields(const Json& given) {
  if (!given.is_array()) return nullptr;
  Json fields = Json::array();
  for (const Json& field : given) {
    if (!field.is_object()) continue;
    fields.push_back({{"title", text_at(field, "title")},
                      {"value", field.contains("value") ? field["value"] : Json(nullptr)},
                      {"short", flag_at(field, "short")}});
  }
  return fields;
}

Json complete_one(const Json& given, const std::function<std::string()>& new_id) {
  Json attachment = {{"id", 0}, {"ts", nullptr}, {"fields", nullptr}};
  for (const char* const key : kTexts) attachment[key] = text_at(given, key);
  if (const auto at = given.find("ts"); at != given.end()) attachment["ts"] = *at;
  if (const auto at = given.find("fields"); at != given.end()) {
    attachment["fields"] = complete_fields(*at);
  }
  if (const auto at = given.find("actions"); at != given.end() && at->is_array() && !at->empty()) {
    for (const Json& action : *at) {
      if (action.is_object()) attachment["actions"].push_back(complete_action(action, new_id));
    }
  }
  return attachment;
}

}  // namespace

void complete_attachments(Json& props, const std::function<std::string()>& new_id) {
  const auto at = props.find("attachments");
  if (at == props.end()) return;
  Json list = nullptr;
  if (at->is_array()) {
    for (const Json& attachment : *at) {
      if (attachment.is_object()) list.push_back(complete_one(attachment, new_id));
    }
  }
  *at = std::move(list);
}

Json without_integrations(Json props) {
  const auto at = props.find("attachments");
  if (at == props.end() || !at->is_array()) return props;
  for (Json& attachment : *at) {
    if (!attachment.contains("actions")) continue;
    for (Json& action : attachment["actions"]) action.erase("integration");
  }
  return props;
}

const Json* find_action(const Json& props, std::string_view action_id) {
  const auto at = props.find("attachments");
  if (at == props.end() || !at->is_array()) return nullptr;
  for (const Json& attachment : *at) {
    const auto actions = attachment.find("actions");
    if (actions == attachment.end()) continue;
    for (const Json& action : *actions) {
      if (action.at("id") == action_id) return &action;
    }
  }
  return nullptr;
}

std::string slack_links_to_markdown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('<');
    const std::size_t bar = open == text.npos ? open : text.find('|', open);
    const std::size_t close = bar == text.npos ? bar : text.find('>', bar);
    if (close == text.npos) break;
    const std::string_view url = text.substr(open + 1, bar - open - 1);
    if (url.find("://") == url.npos || url.find_first_of(" <>\n") != url.npos) {
      out += text.substr(0, open + 1);
      text.remove_prefix(open + 1);
      continue;
    }
    out += text.substr(0, open);
    out.append("[").append(text.substr(bar + 1, close - bar - 1)).append("](");
    out.append(url).append(")");
    text.remove_prefix(close + 1);
  }
  return out.append(text);
}

std::size_t code_points(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

}  // namespace countersign::adapters::sandbox
