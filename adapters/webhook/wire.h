// From a verified delivery to events. Pure.
//
// What rules see as `trigger` depends on the shape of the sender's row in config/senders.h:
//
// plain        the JSON body itself if it is an object, otherwise {"body": value}
// event, form  {"event": what happened, "delivery": id, "body": the payload}, with "series" and
//              "status" (firing, resolved) where the sender has such a thing
// alerts       an event for each alert: {status, labels, annotations, startsAt, endsAt,
//              generatorURL, fingerprint, receiver, groupKey, groupLabels, commonLabels,
//              externalURL}
// event_grid   an event for each of the list, as {"event", "delivery", "body"}
// cloudevents  an event for each, in the JSON form of CloudEvents: {specversion, id, source, type,
//              ..., data}
// sns          {"event", "delivery", "topic", "subject", "message", "attributes"}; a message that
// is
//              JSON is parsed
// pubsub       {"delivery", "subscription", "message", "attributes"}, likewise
//
// A source's own `trigger` replaces the kind's. Its own `dedup.key`, a template over {body,
// headers}, replaces the kind's recipe: header names are in lower case, credentials are left out.
// Where nothing names a delivery, its bytes do: an event is never lost to that.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/http.h"
#include "adapters/webhook/recipe.h"
#include "bot/core/json_guard.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/ports/services.h"
#include "bot/core/result.h"
#include "bot/core/text_template.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// Either events, or an answer to somebody who only wanted to know whether we listen.
struct Reading {
  std::vector<core::Incoming> events;
  std::optional<net::HttpResponse> answer = {};
  std::string visit = {};  // an address to visit once, which confirms a subscription
};

// What is known of a source before a delivery comes: its recipes, read once.
class Wire {
 public:
  explicit Wire(const config::Source& source);

  // Readable JSON that no rule may look into gives an event without a body (core/json_guard.h). An
  // Error of kind invalid: not what this kind of source sends; refused: too large once it is split.
  Result<Reading> read(const config::Source& source, const net::Headers& headers,
                       const std::string& body, core::IdSource& ids) const;

 private:
  struct Delivery;
  using Shaped = Result<Reading>;
  Shaped plain(const Delivery& delivery) const;
  Shaped event(const Delivery& delivery) const;
  Shaped form(const Delivery& delivery) const;
  Shaped slack(const Delivery& delivery) const;
  Shaped alerts(const Delivery& delivery) const;
  Shaped event_grid(const Delivery& delivery) const;
  Shaped cloudevents(const Delivery& delivery) const;
  Shaped sns(const Delivery& delivery) const;
  Shaped pubsub(const Delivery& delivery) const;

  Shaped from_payload(const Delivery& delivery, const std::string& payload) const;
  core::Incoming blank(const Delivery& delivery) const;
  core::Incoming unreadable(const Delivery& delivery, std::string note) const;
  void identify(core::Incoming& event, const Delivery& delivery, const Json& body) const;
  void observe(core::Incoming& event, const net::Headers& headers, const Json& body) const;

  const config::Sender& sender_;
  std::vector<Recipe> ids_;
  Recipe content_;
  std::vector<Recipe> events_;
  Recipe series_;
  Recipe status_;
  std::optional<core::TextTemplate> own_id_;
  bool body_signed_ = false;  // a signature covers the body and no header
};

// The trace id of a valid W3C traceparent header, or the empty id.
core::CorrelationId sender_trace(const net::Headers& headers);

}  // namespace countersign::adapters::webhook
