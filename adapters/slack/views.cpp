#include "adapters/slack/views.h"

#include <algorithm>

#include "adapters/slack/length.h"
#include "adapters/slack/press_context.h"
#include "adapters/slack/rich_text.h"

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kTitleLimit = 24;
constexpr std::size_t kTextLimit = 2000;
constexpr std::size_t kIntroLimit = 3000;
constexpr std::size_t kMetadataLimit = 3000;
constexpr std::size_t kOptionLimit = 75;
constexpr std::size_t kOptions = 100;
constexpr std::size_t kInputLimit = 3000;
constexpr std::size_t kFields = 90;
constexpr const char* kElement = "value";  // action_id of every field

Json option_of(const core::Choice& choice) {
  return {{"text", plain_object(choice.label, kOptionLimit)}, {"value", choice.value}};
}

Result<Json> select_of(const core::FormField& field) {
  if (field.choices.empty() || field.choices.size() > kOptions)
    return invalid("the field \"" + field.id + "\" has no choices, or more than Slack takes");
  Json out = {{"type", "static_select"}, {"action_id", kElement}};
  for (const auto& choice : field.choices) {
    if (choice.value.empty() || units(choice.value) > kOptionLimit)
      return invalid("a choice of the field \"" + field.id + "\" is empty or too long for Slack");
    out["options"].push_back(option_of(choice));
    if (choice.value == field.value) out["initial_option"] = option_of(choice);
  }
  return out;
}

Json input_of(const core::FormField& field) {
  const auto longest = std::clamp<std::size_t>(field.longest, 1, kInputLimit);
  Json out = {{"type", "plain_text_input"},
              {"action_id", kElement},
              {"multiline", field.kind == core::FormField::Kind::paragraph},
              {"max_length", longest}};
  if (!field.value.empty())
    out["initial_value"] = fitted(core::make_visible(field.value, longest), longest);
  return out;
}

Result<Json> block_of(const core::FormField& field) {
  Result<Json> element =
      field.kind == core::FormField::Kind::choice ? select_of(field) : input_of(field);
  if (!element) return element;
  Json out = {{"type", "input"},
              {"block_id", field.id},
              {"label", plain_object(field.label, kTextLimit)},
              {"optional", !field.required},
              {"element", std::move(*element)}};
  if (!field.hint.empty()) out["hint"] = plain_object(field.hint, kTextLimit);
  return out;
}

}  // namespace

Result<Json> modal(const core::Form& form, const core::ChatPlace& place) {
  if (form.fields.size() > kFields) return invalid("the form has more fields than Slack takes");
  const auto metadata = sealed_text({{"context", form.context}, {"place", place}});
  if (metadata.size() > kMetadataLimit)
    return invalid("the form \"" + form.title + "\" carries more than Slack takes");
  Json view = {{"type", "modal"},
               {"callback_id", "countersign"},
               {"title", plain_object(form.title, kTitleLimit)},
               {"submit", plain_object(form.submit, kTitleLimit)},
               {"close", plain_object("Cancel", kTitleLimit)},
               {"private_metadata", metadata},
               {"blocks", Json::array()}};
  if (!form.intro.empty())
    view["blocks"].push_back(
        {{"type", "section"}, {"text", plain_object(form.intro, kIntroLimit)}});
  for (const auto& field : form.fields) {
    auto block = block_of(field);
    if (!block) return block.error();
    view["blocks"].push_back(std::move(*block));
  }
  return view;
}

std::optional<SubmittedForm> submitted_form(const Submission& submission) {
  const Json json = Json::parse(submission.metadata, nullptr, false);
  const Json& place = object_at(json, "place");
  if (text_at(place, "channel").empty() || !json.contains("context")) return std::nullopt;
  return SubmittedForm{
      json["context"],
      {text_at(place, "chat"), text_at(place, "channel"), text_at(place, "thread")}};
}

Json form_errors(const std::map<std::string, std::string>& errors) {
  Json out = {{"response_action", "errors"}, {"errors", Json::object()}};
  for (const auto& [field, what] : errors)
    out["errors"][field] = fitted(core::make_visible(what, kTextLimit), kTextLimit);
  return out;
}

}  // namespace countersign::adapters::slack
