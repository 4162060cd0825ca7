#include "actions/announcement.h"

#include "actions/attempt.h"

namespace countersign::actions {

Result<void> AnnouncementRunner::check(const core::Action&) const { return {}; }

core::Outcome AnnouncementRunner::run(const core::RunRequest& request, std::stop_token stop) {
  return attempt([&] {
    const Json route = request.call.is_object() ? request.call.value("route", Json()) : Json();
    if (!route.is_string()) return not_carried_out(invalid("malformed call: route must be text"));
    const Json message = request.call.value("message", Json());
    if (!message.is_string() && !message.is_object()) {
      return not_carried_out(invalid("malformed call: message must be text or an object"));
    }
    if (stop.stop_requested())
      return outcome(core::OutcomeClass::not_applied, "stopped before it began");
    return announce_(route.get<std::string>(), message);
  });
}

}  // namespace countersign::actions
