#include "actions/attempt.h"

#include "bot/core/digest.h"

namespace countersign::actions {

std::string traceparent(const core::RunRequest& request) {
  const std::string span =
      core::sha256_of_parts(request.run, std::to_string(request.attempt)).substr(0, 16);
  return "00-" + request.correlation + "-" + span + "-01";
}

}  // namespace countersign::actions
