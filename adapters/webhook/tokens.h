// Secrets that a sender shows in clear: bearer, basic, a header or a parameter of its own. Pure.
#pragma once
#include "adapters/net/http.h"
#include "adapters/webhook/proof.h"
#include "bot/core/instant.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// Whether the source asks for one at all.
bool wants_token(const config::Source& source);
// Whether one that counts at `now` is shown. Every secret is compared, also after a hit; a header
// or parameter that stands twice counts as absent.
Proof check_token(const config::Source& source, const net::HttpRequest& request, core::Instant now);

// What follows the scheme ("bearer", in lower case) in the Authorization header; empty for another.
std::string authorization(const net::Headers& headers, std::string_view scheme);

}  // namespace countersign::adapters::webhook
