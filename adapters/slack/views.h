// core::Form as a modal window, and back. Pure.
#pragma once
#include <optional>
#include <string>

#include "adapters/slack/wire.h"
#include "bot/core/form.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::slack {

// The view for views.open. `place` is where the window was asked for: its submission does not
// tell. An Error (invalid) if Slack does not take this form.
Result<Json> modal(const core::Form& form, const core::ChatPlace& place);

struct SubmittedForm {
  Json context;
  core::ChatPlace place;
};
// What modal() put in; nothing if the window is not one of ours.
std::optional<SubmittedForm> submitted_form(const Submission& submission);

// The acknowledgement that keeps the window open and shows what is wrong, by field id.
Json form_errors(const std::map<std::string, std::string>& errors);

}  // namespace countersign::adapters::slack
