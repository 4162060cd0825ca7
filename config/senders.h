// Who sends webhooks: one row for each kind of source. A row says how such a sender proves itself,
// what names one delivery, and what rules get to see; the door and the configuration both read it.
// Another sender is another row here and a sample in adapters/webhook/samples.
//
// Facts about senders come from their documentation; see docs/operations/sources.md.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace countersign::config {

// Where a signature stands and which text it is made over. HMAC with the shared secret.
struct Signing {
  std::string header = {};
  std::string algorithm = "sha256";  // sha1 sha256 sha512
  std::string encoding = "hex";      // hex base64
  std::string tag = {};          // in front of a signature: "sha256=", "v1,"; others are skipped
  char separator = '\0';         // between several signatures; 0: there is only one
  std::string text = "{body}";   // what is signed: {body}, with {time} and {id} where they count
  std::string time_header = {};  // where {time} stands, in unix seconds,
  std::string time_tag = {};     // or in front of the item of `header` that is the time ("t=")
  std::string id_header = {};    // where {id} stands
  bool base64_key = false;       // secrets are base64, with "whsec_" in front or without
};

// How a delivery becomes events.
enum class Shape {
  plain,        // the JSON body as it is
  event,        // {event, delivery, body}
  form,         // likewise; the JSON may come as the form field `payload`
  slack,        // likewise; a form without payload is its fields, a challenge is answered
  alerts,       // a group of alerts: an event for each
  event_grid,   // a list: an event for each, the validation is answered
  cloudevents,  // CloudEvents over HTTP, all three modes
  sns,          // the envelope of AWS SNS
  pubsub,       // the envelope of a Google Pub/Sub push
};

// Recipes name what stands in a delivery: "header:NAME" or "body:PATH" ("body:alert.alertId"),
// several with '|' between them. A recipe whose first part is missing gives nothing; of a list the
// first that gives something counts.
struct Sender {
  std::string kind;
  std::string title;         // as people call it
  std::string trigger = {};  // trigger type of its events; empty: the source must say
  Shape shape = Shape::event;
  Signing signing = {};                  // with `secret:`; no header: it cannot sign
  Signing older = {};                    // with `sha1: true` likewise, a weaker one
  std::string token_header = {};         // with `token:`: the header that holds it in clear
  bool tokens = false;                   // with `auth:`: bearer, basic, a header or the query
  bool hmac = false;                     // likewise a signature that its script makes
  bool public_keys = false;              // with `public_keys:`: Ed25519 (Standard Webhooks v1a)
  bool oidc = false;                     // with `oidc:`: a signed bearer token
  bool topics = false;                   // with `topics:`: signed by AWS SNS
  std::vector<std::string> ids = {};     // recipes: what names a delivery; nothing: its bytes
  std::string content = {};              // recipe: what a repeat has in common; empty: all bytes
  std::vector<std::string> events = {};  // recipes: what happened; parts are joined by '.'
  std::string ping = {};                 // the event that only asks whether somebody listens
  std::string series = {};               // recipe: what goes on and off again
  std::string status = {};               // recipe: whether it is on
  std::vector<std::string> firing = {};  // values of `status`, in lower case
  std::vector<std::string> resolved = {};
  int days = 8;      // how long its deliveries are remembered
  int busy = 429;    // the answer that makes it send again later
  bool put = false;  // may also use PUT
};

const std::vector<Sender>& senders();
// Nothing if there is no such kind.
const Sender* find_sender(std::string_view kind);
// By its name; a kind that is in no configuration is a mistake of the caller's.
const Sender& sender_of(std::string_view kind);

}  // namespace countersign::config
