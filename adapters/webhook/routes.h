// The door: POST /hooks/{source}. Verifies, then parses, then stores, then answers; a 2xx means
// that the event is durable (I1), a 5xx that nothing was stored and the sender should try again.
//
//   202  {"event": id, "correlation_id": "...", "duplicate": false}: stored
//   200  the same with the first event's id and "duplicate": true: a redelivery
//   400  malformed   401 not authenticated   404 no such source   405 not a POST   409 known
//   delivery id, other body (T5) 413  too large   415 compressed          503 with Retry-After: the
//   database is away
//
// A group of alerts adds "events", one entry per alert in the order given; "event" is the first
// one's. A body that was seen under another delivery id of a sender who does not sign that id is
// stored (202), says "duplicate": true and runs nothing.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/net/http_server.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/ports/services.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

class WebhookRoutes {
 public:
  // Told about every answer, from any thread; the source is empty where there is no such source.
  // For counting.
  using Observer = std::function<void(const std::string& source, int status)>;

  WebhookRoutes(core::Inbox& inbox, core::IdSource& ids, std::vector<config::Source> sources,
                Observer observer = {});

  // Whether a path is this class' business.
  static bool serves(std::string_view path);
  // Never blocks; `respond` is called exactly once, from any thread.
  void handle(net::HttpRequest request, net::HttpServer::Respond respond);
  // Puts other sources in force, for deliveries that come from now on. Thread-safe.
  void replace(std::vector<config::Source> sources);

 private:
  struct Door;
  using Doors = std::map<std::string, Door, std::less<>>;
  std::shared_ptr<const Doors> doors() const;

  core::Inbox& inbox_;
  core::IdSource& ids_;
  Observer observer_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Doors> doors_;  // guarded by mutex_
};

}  // namespace countersign::adapters::webhook
