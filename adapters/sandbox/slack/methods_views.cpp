// views.*: windows that the app opens for somebody.
#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/slack/content.h"
#include "adapters/sandbox/slack/views.h"

namespace countersign::adapters::sandbox::slack {
namespace {

Json open(Slack& slack, ApiCall& call) {
  Json view = read_view(slack, call);
  if (text_at(view, "type") != "modal")
    throw bad_arguments({"must be a modal [json-pointer:/view/type]"});
  if (external_view(slack, text_at(view, "external_id"))) {
    throw ApiError{"duplicate_external_id", {}};
  }
  std::string refusal;
  const std::string user_id =
      slack.triggers.redeem(call.text("trigger_id"), slack.chat.world.now(), refusal);
  if (!refusal.empty()) throw ApiError{refusal, {}};
  return {{"view", open_view(slack, user_id, std::move(view)).view}};
}

Json update(Slack& slack, ApiCall& call) {
  View* view = external_view(slack, call.text("external_id"));
  if (const auto at = slack.views.find(call.text("view_id")); at != slack.views.end()) {
    view = &at->second;
  }
  if (!view || !view->open) throw ApiError{"not_found", {}};
  const std::string hash = call.text("hash");
  if (!hash.empty() && hash != text_at(view->view, "hash")) throw ApiError{"hash_conflict", {}};
  change_view(slack, *view, read_view(slack, call));
  return {{"view", view->view}};
}

// A person's home; nobody opens it, and it is replaced every time.
Json publish(Slack& slack, ApiCall& call) {
  const std::string user_id = call.text("user_id");
  if (!slack.chat.world.user(user_id)) throw ApiError{"user_not_found", {}};
  Json view = read_view(slack, call);
  if (text_at(view, "type") != "home")
    throw bad_arguments({"must be a home [json-pointer:/view/type]"});
  std::string& home = slack.homes[user_id];
  const std::string hash = call.text("hash");
  if (home.empty()) {
    View& made = open_view(slack, user_id, std::move(view));
    home = text_at(made.view, "id");
    return {{"view", made.view}};
  }
  View& known = slack.views.at(home);
  if (!hash.empty() && hash != text_at(known.view, "hash")) throw ApiError{"hash_conflict", {}};
  change_view(slack, known, std::move(view));
  return {{"view", known.view}};
}

const Method kMethods[] = {
    {"views.open", open, "", {"trigger_id", "view"}},
    {"views.update", update, "", {"view"}},
    {"views.publish", publish, "", {"user_id", "view"}},
};

}  // namespace

std::span<const Method> view_methods() { return kMethods; }

}  // namespace countersign::adapters::sandbox::slack
