#include "adapters/mattermost/dialog.h"

#include <algorithm>

#include "adapters/mattermost/markdown.h"
#include "adapters/mattermost/render.h"
#include "adapters/mattermost/wire.h"
#include "bot/core/digest.h"

namespace countersign::adapters::mattermost {
namespace {

// Mattermost's own limits, in characters.
constexpr std::size_t kTitle = 24;
constexpr std::size_t kLabel = 24;
constexpr std::size_t kHelp = 150;
constexpr std::size_t kText = 150;
constexpr std::size_t kTextarea = 3'000;
constexpr std::size_t kValues = 50;

std::string text_at(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A line too long for one field still fits into the many-lined one.
bool many_lines(const core::FormField& field) {
  return field.kind == core::FormField::Kind::paragraph || field.value.size() > kText;
}

Json options_of(const core::FormField& field) {
  Json options = Json::array();
  for (const auto& choice : field.choices)
    options.push_back({{"text", shortened(choice.label, kText)}, {"value", choice.value}});
  return options;
}

Json element_of(const core::FormField& field) {
  Json element = {{"display_name", shortened(field.label, kLabel)},
                  {"name", field.id},
                  {"optional", !field.required},
                  {"help_text", shortened(field.hint, kHelp)},
                  {"default", field.value}};
  if (field.kind == core::FormField::Kind::choice) {
    element["type"] = "select";
    element["options"] = options_of(field);
  } else {
    element["type"] = many_lines(field) ? "textarea" : "text";
    element["max_length"] = std::min(field.longest, many_lines(field) ? kTextarea : kText);
  }
  return element;
}

std::map<std::string, std::string> values_of(const Json& submission) {
  std::map<std::string, std::string> values;
  if (!submission.is_object()) return values;
  for (const auto& [key, value] : submission.items()) {
    if (values.size() == kValues) break;
    if (value.is_string()) values[key] = value.get<std::string>();
    if (value.is_number() || value.is_boolean()) values[key] = value.dump();
  }
  return values;
}

}  // namespace

Json dialog_request(const core::Form& form, const DialogState& state, const std::string& trigger_id,
                    const std::string& url) {
  Json elements = Json::array();
  for (const auto& field : form.fields) elements.push_back(element_of(field));
  const Json kept = {
      {"context", state.context}, {"channel", state.channel_id}, {"opened", state.opened}};
  return {{"trigger_id", trigger_id},
          {"url", url},
          {"dialog",
           {{"callback_id", state.opened},
            {"title", shortened(form.title, kTitle)},
            {"introduction_text", render_tell(form.intro)},
            {"submit_label", shortened(form.submit, kLabel)},
            {"elements", std::move(elements)},
            {"state", kept.dump()}}}};
}

bool is_submission(const Json& callback) {
  return text_at(callback, "type") == "dialog_submission";
}

Result<Submission> submission_of(const Json& callback) {
  Submission out;
  out.user_id = text_at(callback, "user_id");
  if (!looks_like_id(out.user_id)) return invalid("user_id is missing or not an id");
  const auto cancelled = callback.find("cancelled");
  out.cancelled = cancelled != callback.end() && *cancelled == true;
  const auto kept = parse_callback(text_at(callback, "state"));
  if (!kept || !kept->contains("context") || !(*kept)["context"].is_object())
    return invalid("state is not one that this bot gives to its dialogs");
  out.state = {(*kept)["context"], text_at(*kept, "channel"), text_at(*kept, "opened")};
  if (!looks_like_id(out.state.channel_id)) return invalid("state names no channel");
  if (const auto given = callback.find("submission"); given != callback.end())
    out.values = values_of(*given);
  out.digest =
      core::sha256_of_parts(out.user_id, text_at(callback, "state"), Json(out.values).dump());
  return out;
}

}  // namespace countersign::adapters::mattermost
