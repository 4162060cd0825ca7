// Signed bearer tokens: JSON Web Tokens (RFC 7519) with RS256, as Google and Microsoft send them.
// Pure.
#pragma once
#include <string>

#include "adapters/webhook/documents.h"
#include "adapters/webhook/proof.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// Signature, issuer, audience, times, e-mail address. The keys are the document at `oidc.keys_url`;
// one that does not know the token's key is asked for anew, once a minute at most.
Proof check_jwt(const config::OidcAuth& oidc, const std::string& token, core::Instant now,
                const Documents& documents);

}  // namespace countersign::adapters::webhook
