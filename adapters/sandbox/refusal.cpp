#include "adapters/sandbox/refusal.h"

namespace countersign::adapters::sandbox {

Refusal no_permission(const User& user, const std::string& permission) {
  return {403, "api.context.permissions.app_error", "You do not have the appropriate permissions.",
          "userId=" + user.id + ", permission=" + permission + ","};
}

Refusal no_session(const std::string& detail) {
  return {401, "api.context.session_expired.app_error",
          "Invalid or expired session, please login again.", detail};
}

Refusal bad_body(const std::string& what) {
  return {400, "api.context.invalid_body_param.app_error",
          "Invalid or missing " + what + " in request body.", ""};
}

Refusal bad_url(const std::string& parameter) {
  return {400, "api.context.invalid_url_param.app_error",
          "Invalid or missing " + parameter + " parameter in request URL.", ""};
}

Refusal no_post(const std::string& id) {
  return {404, "app.post.get.app_error", "Unable to get the post.", "resource: Post id: " + id};
}

Refusal no_route(const std::string& target) {
  return {404, "api.context.404.app_error", "Sorry, we could not find the page.",
          "There is no api call for the url='" + target + "'."};
}

}  // namespace countersign::adapters::sandbox
