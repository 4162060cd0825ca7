// Is this delivery from who it claims to be? Pure: looks at raw bytes and headers only, before
// anything is parsed (T1).
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "adapters/net/http.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// What a sender has to show: one of the tokens (bearer or basic) if there are any, and a signature
// if one is demanded. Lists hold alternatives, for rotation. Empty secrets match nothing.
struct Credentials {
  std::vector<config::Secret> bearers;
  std::vector<config::BasicAuth> basics;
  std::optional<config::HmacAuth> hmac;
};

// Fills in GitHub's header, prefix and algorithm where the source leaves them out.
Credentials credentials_of(const config::Source& source);

// Does the same work whatever the reason of a refusal is. A header that stands twice counts as
// absent; credentials that demand nothing accept nobody.
bool authentic(const Credentials& credentials, const net::Headers& headers, std::string_view body);

}  // namespace countersign::adapters::webhook
