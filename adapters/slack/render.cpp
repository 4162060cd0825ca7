#include "adapters/slack/render.h"

#include <array>

#include "adapters/slack/length.h"
#include "adapters/slack/mrkdwn.h"
#include "adapters/slack/press_context.h"
#include "adapters/slack/rich_text.h"
#include "adapters/slack/wire.h"

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kTextLimit = 3000;  // of `text`, escaped, and of any one piece
constexpr std::size_t kTitleLimit = 500;
// Of lines and fields together: with title and block far below what makes Slack refuse a message.
constexpr std::size_t kBodyLimit = 5000;
constexpr std::size_t kBlockLimit = 3000;
constexpr std::size_t kFooterLines = 10;
constexpr std::size_t kActions = 25;  // in one block
constexpr std::size_t kLabelLimit = 75;
constexpr std::size_t kOptionLimit = 75;
constexpr std::size_t kOverflowOptions = 5;
constexpr std::size_t kSelectOptions = 100;
constexpr const char* kEventType = "countersign_message";

// By Tone. Different in shape, not only in colour.
constexpr std::array<const char*, 6> kSymbols = {
    "", "hourglass_flowing_sand", "arrows_counterclockwise", "white_check_mark", "x", "warning"};
constexpr std::array<const char*, 3> kStyles = {"", "primary", "danger"};  // by Button::Style

std::size_t units_in(const Json& elements) {
  std::size_t count = 0;
  for (const auto& element : elements) count += units(text_at(element, "text"));
  return count;
}

Json title_of(const core::Message& message, const std::string& chat) {
  Json elements = rich_elements(message.title, chat, kTitleLimit, true);
  const std::string symbol = kSymbols.at(static_cast<std::size_t>(message.tone));
  if (!symbol.empty() && !elements.empty()) {
    const Json emoji = {{"type", "emoji"}, {"name", symbol}};
    elements.insert(elements.begin(), emoji);
    elements.insert(elements.begin() + 1, rich_text_element(" "));
  }
  return elements;
}

Json field_of(const core::Field& field, const std::string& chat) {
  core::Line line = {core::bold(field.label + ": ")};
  line.insert(line.end(), field.value.begin(), field.value.end());
  return rich_elements(line, chat, kTextLimit);
}

// Title, lines, fields and preformatted text as one block; nothing if all are empty.
Json body_of(const core::Message& message, const std::string& chat) {
  std::vector<Json> paragraphs;
  for (const auto& line : message.lines)
    paragraphs.push_back(rich_elements(line, chat, kTextLimit));
  for (const auto& field : message.fields) paragraphs.push_back(field_of(field, chat));

  Json out = Json::array();
  if (auto title = title_of(message, chat); !title.empty()) out.push_back(rich_section(title));
  std::size_t room = kBodyLimit;
  for (auto& paragraph : paragraphs) {
    if (paragraph.empty()) continue;
    const auto size = units_in(paragraph) + paragraph.size();  // so that nothing is for free
    if (size > room) {
      out.push_back(rich_section({rich_text_element(std::string(kShortened))}));
      break;
    }
    room -= size;
    out.push_back(rich_section(std::move(paragraph)));
  }
  auto block = core::make_visible(message.block, kBlockLimit * 2);
  while (block.ends_with('\n')) block.pop_back();
  if (!block.empty())
    out.push_back(rich_preformatted(fitted(block, kBlockLimit, "\n" + std::string(kShortened))));
  return out;
}

Result<Json> button_of(const core::Button& button) {
  const auto value = button_value(button);
  if (!value) return value.error();
  Json out = {{"type", "button"},
              {"action_id", button.id},
              {"text", plain_object(button.label, kLabelLimit)},
              {"value", *value}};
  const std::string style = kStyles.at(static_cast<std::size_t>(button.style));
  if (!style.empty()) out["style"] = style;
  return out;
}

// The few choices of a menu fold into three dots, many into a list with a title.
Result<Json> menu_of(const core::Button& menu, std::size_t index) {
  if (menu.choices.size() > kSelectOptions)
    return invalid("the menu \"" + menu.id + "\" has more choices than Slack takes");
  const auto ids = menu_ids(menu, index);
  if (!ids) return ids.error();
  Json options = Json::array();
  for (const auto& choice : menu.choices) {
    if (choice.value.empty() || units(choice.value) > kOptionLimit)
      return invalid("a choice of the menu \"" + menu.id + "\" is empty or too long for Slack");
    options.push_back(
        {{"text", plain_object(choice.label, kOptionLimit)}, {"value", choice.value}});
  }
  Json element = {{"action_id", ids->action_id}, {"options", std::move(options)}};
  element["type"] = menu.choices.size() <= kOverflowOptions ? "overflow" : "static_select";
  if (element["type"] == "static_select")
    element["placeholder"] = plain_object(menu.label, kLabelLimit);
  return Json{{"type", "actions"},
              {"block_id", ids->block_id},
              {"elements", Json::array({std::move(element)})}};
}

// Buttons side by side; each menu in a block of its own, whose id belongs to its context.
Result<void> add_actions(const core::Message& message, Json& blocks) {
  Json row = Json::array();
  Json menus = Json::array();
  for (const auto& button : message.buttons) {
    auto element = button.choices.empty() ? button_of(button) : menu_of(button, menus.size());
    if (!element) return element.error();
    (button.choices.empty() ? row : menus).push_back(std::move(*element));
  }
  for (std::size_t at = 0; at < row.size(); at += kActions) {
    const auto end = std::min(row.size(), at + kActions);
    Json elements = Json::array();
    for (auto i = at; i < end; ++i) elements.push_back(row[i]);
    blocks.push_back({{"type", "actions"}, {"elements", std::move(elements)}});
  }
  for (auto& menu : menus) blocks.push_back(std::move(menu));
  return {};
}

void add_footer(const core::Message& message, const std::string& chat, Json& blocks) {
  for (std::size_t i = 0; i < std::min(message.footer.size(), kFooterLines); ++i) {
    Json elements = context_elements(message.footer[i], chat);
    if (!elements.empty())
      blocks.push_back({{"type", "context"}, {"elements", std::move(elements)}});
  }
}

std::string text_of(const core::Message& message) {
  const auto line =
      core::make_visible(message.fallback.empty() ? as_text(message) : message.fallback, 500);
  const auto escaped = escape(line);
  return escaped.empty() ? "Countersign" : escaped;
}

}  // namespace

Result<Rendered> render(const core::Message& message, const std::string& chat) {
  Rendered out{text_of(message), Json::array()};
  if (Json body = body_of(message, chat); !body.empty())
    out.blocks.push_back({{"type", "rich_text"}, {"elements", std::move(body)}});
  if (auto added = add_actions(message, out.blocks); !added) return added.error();
  add_footer(message, chat, out.blocks);
  return out;
}

core::Message words(const std::string& text) {
  core::Message out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.lines.push_back({core::plain(text.substr(at, end - at))});
    at = end + 1;
  }
  out.fallback = text;
  return out;
}

Json metadata_of(const std::string& client_id) {
  return {{"event_type", kEventType}, {"event_payload", {{"client_id", client_id}}}};
}

std::string client_id_of(const Json& message) {
  const Json& metadata = object_at(message, "metadata");
  if (text_at(metadata, "event_type") != kEventType) return "";
  return text_at(object_at(metadata, "event_payload"), "client_id");
}

}  // namespace countersign::adapters::slack
