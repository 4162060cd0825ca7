// From a verified delivery to events. Pure.
//
// kind          trigger                 what rules see as `trigger`                     same
// delivery means generic       the source's            the JSON body itself if it is an object,
// same dedup key, else
//                                       otherwise {"body": value}                       same bytes
// github        github.event            {"event": X-GitHub-Event, "delivery": id,       same
// X-GitHub-Delivery
//               (github.ping for ping)   "body": payload}
// alertmanager  prometheus.alert        one event per alert: {status, labels,           same
// fingerprint,
//                                       annotations, startsAt, endsAt, generatorURL,    startsAt
//                                       and status fingerprint, receiver, groupKey, groupLabels,
//                                       commonLabels, externalURL}
// A source's own `trigger` replaces the default (not that of ping).
//
// A generic source's dedup key is a template over {body, headers}; header names are in lower case,
// credentials are left out. Where it cannot be rendered, or gives nothing, the bytes themselves are
// the key: an event is never lost to it.
#pragma once
#include <string>
#include <vector>

#include "adapters/net/http.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/ports/services.h"
#include "bot/core/result.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// At least one event. Readable JSON that no rule may look into gives an event without a body (see
// json_guard.h). An Error of kind invalid: not what this kind of source sends; refused: too large
// once it is split into events.
Result<std::vector<core::Incoming>> read_delivery(const config::Source& source,
                                                  const net::Headers& headers,
                                                  const std::string& body, core::IdSource& ids);

// The trace id of a valid W3C traceparent header, or the empty id.
core::CorrelationId sender_trace(const net::Headers& headers);

}  // namespace countersign::adapters::webhook
