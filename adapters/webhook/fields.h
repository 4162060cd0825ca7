// Single things that stand in a delivery, or in what configures a source. Pure.
#pragma once
#include <string>
#include <string_view>

#include "adapters/net/http.h"
#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// The text under a key; empty if there is none, or something else.
std::string text_at(const Json& object, const char* key);

// A header that comes exactly once; empty otherwise: of two that differ nobody can say which
// counts.
std::string only_value(const net::Headers& headers, std::string_view name);

// Whether a secret is good for anything at this time.
bool counts(const config::Credential& credential, core::Instant now);

}  // namespace countersign::adapters::webhook
