#include "adapters/slack/press_context.h"

#include "adapters/slack/length.h"

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kValueLimit = 2000;
constexpr std::size_t kIdLimit = 255;
constexpr char kBar = '|';  // between what an id is for Slack and what it carries for us

std::string after_bar(const std::string& id) {
  const auto bar = id.find(kBar);
  return bar == std::string::npos ? "" : id.substr(bar + 1);
}

Error too_long(const core::Button& button) {
  return invalid("the button \"" + button.id + "\" carries more than Slack takes");
}

}  // namespace

std::string sealed_text(const Json& json) {
  // These characters can stand only inside JSON strings, where they may be written as escapes.
  std::string out;
  for (const char c : json.dump(-1, ' ', true, Json::error_handler_t::replace)) {
    if (c == '&')
      out += "\\u0026";
    else if (c == '<')
      out += "\\u003c";
    else if (c == '>')
      out += "\\u003e";
    else
      out += c;
  }
  return out;
}

Result<std::string> button_value(const core::Button& button) {
  auto text = sealed_text(button.context);
  if (text.size() > kValueLimit) return too_long(button);
  return text;
}

Result<MenuIds> menu_ids(const core::Button& menu, std::size_t index) {
  const auto text = sealed_text(menu.context);
  MenuIds ids{"menu" + std::to_string(index) + kBar, menu.id + kBar};
  if (ids.action_id.size() > kIdLimit) return too_long(menu);
  const std::size_t first = kIdLimit - ids.action_id.size();
  ids.action_id += text.substr(0, first);
  if (text.size() > first) ids.block_id += text.substr(first);
  if (ids.block_id.size() > kIdLimit) return too_long(menu);
  return ids;
}

Json context_of(const Press& press) {
  const auto text =
      press.value.empty() ? after_bar(press.action_id) + after_bar(press.block_id) : press.value;
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json() : json;
}

}  // namespace countersign::adapters::slack
