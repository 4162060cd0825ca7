// The door: /hooks/{source}. Verifies, then parses, then stores, then answers; a 2xx means that the
// event is durable (I1), a 5xx that nothing was stored and the sender should try again.
//
//   202  {"event": id, "correlation_id": "...", "duplicate": false}: stored
//   200  the same with the first event's id and "duplicate": true: a redelivery; or the answer to a
//        ping or handshake, which makes no event
//   400  malformed   401 not authenticated   404 no such source   405 another method
//   409  known delivery id, other body (T5)   413 too large   415 compressed, or another format
//   429  too much, with Retry-After: from this address, for this source, or in all. Senders that
//   give
//        up at a 429 get a 503 instead
//   503  with Retry-After: the database is away
//
// A group of alerts adds "events", one entry per alert in the order given; "event" is the first
// one's. A body that was seen under another delivery id of a sender who does not sign that id is
// stored (202), says "duplicate": true and runs nothing.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/net/http_server.h"
#include "adapters/net/strikes.h"
#include "adapters/webhook/fetched.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/ports/services.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// One answer, for counting and for the record.
struct Answered {
  std::string source;  // empty: there is no such source
  int status = 0;
  std::string reason;  // why it was refused, in one line and without secrets; empty otherwise
  std::string peer;
};

class WebhookRoutes {
 public:
  // Called from any thread; must not block.
  using Observer = std::function<void(const Answered&)>;
  struct Deps {
    core::Inbox& inbox;
    core::IdSource& ids;
    Fetched& fetched;
    net::Strikes& strikes;
    std::function<core::Instant()> now;  // this machine's clock: signed times are compared with it
    Observer observer = {};
  };

  WebhookRoutes(Deps deps, std::vector<config::Source> sources);

  // Whether a path is this class' business.
  static bool serves(std::string_view path);
  // Before the body is read: an answer turns the request away.
  std::optional<net::HttpResponse> admit(const net::HttpRequest& head);
  // Never blocks; `respond` is called exactly once, from any thread.
  void handle(net::HttpRequest request, net::HttpServer::Respond respond);
  // Puts other sources in force, for deliveries that come from now on. Thread-safe.
  void replace(std::vector<config::Source> sources);

 private:
  struct Door;
  struct Visit;
  using Doors = std::map<std::string, std::shared_ptr<Door>, std::less<>>;
  std::shared_ptr<Door> door_to(std::string_view path) const;
  void verify(std::shared_ptr<Visit> visit);
  void strike(const std::string& peer);
  void take_in(const std::shared_ptr<Visit>& visit, const std::string& key_id);
  void say(const Visit& visit, net::HttpResponse response, const std::string& reason = {}) const;

  const Deps deps_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Doors> doors_;  // guarded by mutex_
};

}  // namespace countersign::adapters::webhook
