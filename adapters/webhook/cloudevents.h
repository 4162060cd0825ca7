// CloudEvents 1.0 over HTTP: https://github.com/cloudevents/spec, the HTTP protocol binding. Pure.
#pragma once
#include <string>
#include <vector>

#include "adapters/net/http.h"
#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::adapters::webhook {

struct CloudEvent {
  std::string source;
  std::string id;
  Json value;        // in the JSON form; null when no rule may look into it
  std::string note;  // why value is null
  std::string raw;   // what belongs to it: the body, or its part of a batch
};

enum class CloudEventsMode { binary, structured, batch, unknown };
// By the Content-Type: a format other than JSON is unknown.
CloudEventsMode cloudevents_mode(const net::Headers& headers);

// An Error of kind invalid names what is missing or wrong. In binary mode the attributes come from
// the ce- headers, in the others from the body alone.
Result<std::vector<CloudEvent>> read_cloudevents(const net::Headers& headers,
                                                 const std::string& body);

}  // namespace countersign::adapters::webhook
