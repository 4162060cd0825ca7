#include "adapters/mattermost/render.h"

#include <array>

#include "adapters/mattermost/markdown.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::size_t kMessageLimit = 16383;  // code points, Mattermost's own
constexpr std::size_t kPropsLimit = 7000;  // Mattermost takes 8000 but counts fields that it adds
constexpr std::size_t kSpanLimit = 3000;
constexpr std::size_t kTellLimit = 4000;
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

Parts parts_of(const core::Message& message, const RenderContext& context) {
  Parts parts;
  if (!message.title.empty()) parts.title = "#### " + render_line(message.title, context) + "\n";
  for (const auto& line : message.lines) parts.body.push_back(render_line(line, context) + "\n");
  if (!message.lines.empty() && !message.fields.empty()) parts.body.emplace_back("\n");
  for (const auto& field : message.fields) {
    parts.body.push_back("**" + escape(core::make_visible(field.label, kSpanLimit), true) + ":** " +
                         render_line(field.value, context) + "\n");
  }
  for (const auto& line : message.footer) parts.footer += "\n" + render_line(line, context);
  return parts;
}

std::string first_code_points(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && count-- == 0) break;
  }
  return std::string(text.substr(0, at));
}

std::string fitting_block(const std::string& block, std::size_t room) {
  const std::string whole = code_block(block);
  const std::size_t size = code_points(whole);
  if (size + 1 <= room) return whole + "\n";
  const std::size_t around = size - code_points(block) + code_points(kCut) + 2;
  if (room <= around) return std::string(kCut) + "\n";
  return code_block(first_code_points(block, room - around) + "\n" + std::string(kCut)) + "\n";
}

std::string message_text(const core::Message& message, const RenderContext& context) {
  const Parts parts = parts_of(message, context);
  const std::size_t fixed =
      code_points(parts.title) + code_points(parts.footer) + 2 * code_points(kCut) + 2;
  std::size_t room = kMessageLimit > fixed ? kMessageLimit - fixed : 0;
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
    out += fitting_block(core::make_visible(message.block, kMessageLimit), room);
  }
  if (!message.footer.empty()) out += parts.footer;
  while (out.ends_with('\n')) out.pop_back();
  return first_code_points(out, kMessageLimit);
}

Json actions_of(const core::Message& message, const RenderContext& context) {
  Json actions = Json::array();
  for (const auto& button : message.buttons) {
    actions.push_back(
        {{"id", button.id},
         {"type", "button"},
         {"name", core::make_visible(button.label, 60)},
         {"style", kStyles.at(static_cast<std::size_t>(button.style))},
         {"integration", {{"url", context.callback_url}, {"context", button.context}}}});
  }
  return actions;
}

}  // namespace

Rendered render(const core::Message& message, const RenderContext& context) {
  Rendered out{message_text(message, context), Json::object()};
  if (!context.client_id.empty()) out.props["countersign_id"] = context.client_id;
  if (message.buttons.empty()) return out;
  Json attachment = {{"fallback", escape(core::make_visible(message.fallback, 300), true)},
                     {"color", kColours.at(static_cast<std::size_t>(message.tone))},
                     {"actions", actions_of(message, context)}};
  if (code_points(attachment.dump()) > kPropsLimit) attachment["fallback"] = "";
  out.props["attachments"] = Json::array({std::move(attachment)});
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
