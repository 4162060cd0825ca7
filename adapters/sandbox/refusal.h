// An error answer of the API, thrown by handlers and answered in one place: it ends the call.
#pragma once
#include <string>

#include "adapters/sandbox/model.h"

namespace countersign::adapters::sandbox {

struct Refusal {
  int status = 400;
  std::string id;       // what clients act on
  std::string message;  // what people read
  std::string detail;
};

Refusal no_permission(const User& user, const std::string& permission);
Refusal no_session(const std::string& detail);
Refusal bad_body(const std::string& what);
Refusal bad_url(const std::string& parameter);
Refusal no_post(const std::string& id);
Refusal no_route(const std::string& target);

}  // namespace countersign::adapters::sandbox
