// What the door says. Pure.
#pragma once
#include <string>
#include <vector>

#include "adapters/net/http.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/result.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// {"error": reason}, with the headers that belong to the status.
net::HttpResponse failure(int status, const std::string& reason);
// After the commit, or instead of it.
net::HttpResponse outcome(const Result<std::vector<core::Accepted>>& result);
// To OPTIONS: whether deliveries from that origin are welcome (CloudEvents' abuse protection,
// https://github.com/cloudevents/spec, HTTP 1.1 Web Hooks). The callback it may name is never
// called.
net::HttpResponse consent(const config::Source& source, const net::Headers& headers);

}  // namespace countersign::adapters::webhook
