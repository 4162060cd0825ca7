// What all handlers share. One per sandbox; everything in it belongs to the io thread.
#pragma once
#include <functional>
#include <string>

#include "adapters/sandbox/faults.h"
#include "adapters/sandbox/hub.h"
#include "adapters/sandbox/limiter.h"
#include "adapters/sandbox/outgoing.h"
#include "adapters/sandbox/posting.h"
#include "adapters/sandbox/sandbox.h"
#include "adapters/sandbox/world.h"

namespace countersign::adapters::sandbox {

struct Chat {
  // `on_change` is called after every change of the world.
  Chat(net::Io& loop, const SandboxOptions& chosen, Customs own_customs,
       std::function<void()> on_change);
  // What a person typed, as it is kept.
  std::string typed(std::string text);

  SandboxOptions options;
  Customs customs;
  net::Io& io;
  std::function<void()> changed;
  World world;
  Hub hub;
  Posting posting;
  Outgoing outgoing;
  Limiter limiter;
  Faults faults;
};

// The token of a request: Authorization ("Bearer" or "Token", any case), else the cookie
// MMAUTHTOKEN; "" if none.
std::string token_of(const net::HttpRequest& request);
// Whether a browser says that the request comes from another site's page.
bool is_foreign(const net::HttpRequest& request);
// Counts against the rate limit; false: answer 429 with these headers.
bool within_limit(Chat& chat, const net::HttpRequest& request, net::Headers& headers);
net::HttpResponse limit_exceeded(net::Headers headers);
net::HttpResponse json_response(int status, const Json& body, net::Headers headers = {});

}  // namespace countersign::adapters::sandbox
