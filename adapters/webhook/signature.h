// Signatures with a shared secret (HMAC) or Ed25519, as a row of config/senders.h describes them.
// Pure: looks at raw bytes and headers only, before anything is parsed (T1).
#pragma once
#include <string_view>

#include "adapters/net/http.h"
#include "adapters/webhook/proof.h"
#include "bot/core/instant.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// Whether one of the source's secrets or keys signed this. Does the same work whatever the reason
// of a refusal is (T1); a header that stands twice counts as absent; an empty secret signs nothing.
// A signed time may be `source.tolerance` away from `now`, not more (T4).
Proof check_signature(const config::Source& source, const net::Headers& headers,
                      std::string_view body, core::Instant now);

// What such a sender adds to its headers. `source` has at least one secret.
net::Headers sign(const config::Source& source, std::string_view id, std::string_view body,
                  core::Instant now);

}  // namespace countersign::adapters::webhook
