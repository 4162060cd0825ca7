#include "adapters/mattermost/render.h"

#include <algorithm>
#include <array>
#include <optional>

#include "adapters/mattermost/markdown.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::size_t kPropsLimit = 7000;  // Mattermost takes 8000 but counts fields that it adds
constexpr std::size_t kSpanLimit = 3000;
constexpr std::size_t kTellLimit = 4000;
constexpr std::size_t kLabelLimit = 60;
constexpr std::string_view kCut = "… (shortened)";

constexpr std::array kColours = {"#8a8f98", "#d9a300", "#2f6fde",
                                 "#2e8b57", "#c0392b", "#d9730d"};  // by Tone
constexpr std::array kStyles = {"default", "primary", "danger"};    // by Button::Style

// "2026-11-21T08:30:00Z" as people read it, and plainly UTC.
std::string readable(std::string time) {
  if (const auto t = time.find('T'); t != std::string::npos) time[t] = ' ';
  if (time.ends_with('Z')) time.replace(time.size() - 1, 1, " UTC");
  return time;
}

std::string render_person(const core::Span& span, const RenderContext& context, bool line_start) {
  const auto known = context.names.find(span.text);
  if (known != context.names.end()) return "@" + known->second;
  return escape(core::make_visible(span.label.empty() ? span.text : span.label, kSpanLimit),
                line_start);
}

std::string render_span(const core::Span& span, const RenderContext& context, bool line_start) {
  if (span.kind == core::Span::Kind::person) return render_person(span, context, line_start);
  const std::string text = core::make_visible(span.text, kSpanLimit);
  if (text.empty()) return "";
  switch (span.kind) {
    case core::Span::Kind::bold:
      // Markup must hug the words that it marks.
      return "**" + escape(text, true) + "**";
    case core::Span::Kind::code:
      return code_span(text);
    case core::Span::Kind::time:
      return escape(readable(text), line_start);
    default:
      return escape(text, line_start);
  }
}

std::string render_line(const core::Line& line, const RenderContext& context) {
  std::string out;
  for (const auto& span : line) out += render_span(span, context, out.empty());
  return out;
}

// Everything but the block, which gets the room that is left.
struct Parts {
  std::string title;
  std::vector<std::string> body;
  std::string footer;
};

Parts parts_of(const core::Message& message, const RenderContext& context, bool buttons) {
  Parts parts;
  if (!message.title.empty()) parts.title = "#### " + render_line(message.title, context) + "\n";
  for (const auto& line : message.lines) parts.body.push_back(render_line(line, context) + "\n");
  if (!message.lines.empty() && !message.fields.empty()) parts.body.emplace_back("\n");
  for (const auto& field : message.fields) {
    parts.body.push_back("**" + escape(core::make_visible(field.label, kSpanLimit), true) + ":** " +
                         render_line(field.value, context) + "\n");
  }
  if (!buttons && !message.buttons.empty() && !message.without_buttons.empty())
    parts.footer += "\n" + render_line(message.without_buttons, context) + "\n";
  for (const auto& line : message.footer) parts.footer += "\n" + render_line(line, context);
  return parts;
}

std::string fitting_block(const std::string& block, std::size_t room) {
  const std::string whole = code_block(block);
  const std::size_t size = code_points(whole);
  if (size + 1 <= room) return whole + "\n";
  const std::size_t around = size - code_points(block) + code_points(kCut) + 2;
  if (room <= around) return std::string(kCut) + "\n";
  return code_block(first_code_points(block, room - around) + "\n" + std::string(kCut)) + "\n";
}

std::string message_text(const core::Message& message, const RenderContext& context, bool buttons) {
  const Parts parts = parts_of(message, context, buttons);
  const std::size_t fixed =
      code_points(parts.title) + code_points(parts.footer) + 2 * code_points(kCut) + 2;
  std::size_t room = context.limit > fixed ? context.limit - fixed : 0;
  std::string out = parts.title;
  for (const auto& line : parts.body) {
    if (code_points(line) > room) {
      out += std::string(kCut) + "\n";
      break;
    }
    room -= code_points(line);
    out += line;
  }
  if (!message.block.empty()) {
    out += fitting_block(core::make_visible(message.block, context.limit), room);
  }
  out += parts.footer;
  while (out.ends_with('\n')) out.pop_back();
  return first_code_points(out, context.limit);
}

Json action_of(const core::Button& button, const std::string& url) {
  Json action = {{"id", button.id},
                 {"type", button.choices.empty() ? "button" : "select"},
                 {"name", core::make_visible(button.label, kLabelLimit)},
                 {"integration", {{"url", url}, {"context", button.context}}}};
  if (button.choices.empty()) {
    action["style"] = kStyles.at(static_cast<std::size_t>(button.style));
    return action;
  }
  action["options"] = Json::array();
  for (const auto& choice : button.choices)
    action["options"].push_back(
        {{"text", core::make_visible(choice.label, kLabelLimit)}, {"value", choice.value}});
  return action;
}

// As the server counts: it writes these three as escapes of six characters.
std::size_t size_on_server(const Json& props) {
  const std::string text = props.dump();
  return code_points(text) + 5 * static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
                               return c == '<' || c == '>' || c == '&';
                             }));
}

// Nothing if the message has no buttons, or more in them than the server takes.
std::optional<Json> attachments_of(const core::Message& message, const RenderContext& context) {
  if (message.buttons.empty() || !context.buttons) return std::nullopt;
  Json attachment = {{"fallback", escape(core::make_visible(message.fallback, 300), true)},
                     {"color", kColours.at(static_cast<std::size_t>(message.tone))},
                     {"actions", Json::array()}};
  for (const auto& button : message.buttons)
    attachment["actions"].push_back(action_of(button, context.callback_url));
  if (size_on_server(attachment) > kPropsLimit) attachment["fallback"] = "";
  if (size_on_server(attachment) > kPropsLimit) return std::nullopt;
  return Json::array({std::move(attachment)});
}

}  // namespace

Rendered render(const core::Message& message, const RenderContext& context) {
  auto attachments = attachments_of(message, context);
  Rendered out{message_text(message, context, attachments.has_value()), Json::object()};
  if (!context.client_id.empty()) out.props["countersign_id"] = context.client_id;
  if (attachments) out.props["attachments"] = std::move(*attachments);
  return out;
}

std::string render_tell(const std::string& text) {
  std::string out;
  const std::string visible = core::make_visible(text, kTellLimit);
  for (std::size_t at = 0; at <= visible.size();) {
    const auto end = std::min(visible.find('\n', at), visible.size());
    out += (at == 0 ? "" : "\n") + escape(std::string_view(visible).substr(at, end - at), true);
    at = end + 1;
  }
  return out;
}

}  // namespace countersign::adapters::mattermost
