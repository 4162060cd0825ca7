// The way in: whoever receives something that wants to become an event hands it over here,
// verified.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/result.h"

namespace countersign::core {

struct Incoming {
  std::string source;  // name in the configuration
  std::string trigger;
  std::string delivery_id;  // shown to people; the identity is dedup_key
  std::string dedup_key;    // 64 hex digits: same key = same delivery (I3)
  std::string body_hash;    // 64 hex digits: same key with another hash is a conflict (T5)
  std::string
      replay_key;  // 64 hex digits or empty: a known one under a new dedup_key is a replay (T3)
  Duration remember = std::chrono::hours(24 * 7);  // how long its keys are kept, at least
  CorrelationId correlation;                       // of the sender (traceparent), or fresh
  std::string raw;                                 // the bytes as received
  std::string key_id;  // which of the source's secrets it showed, for the record; never the secret
  Json body;           // null when unreadable
  // Where `raw`, read as JSON, stands in `body`: what the bytes say is not kept a second time.
  enum class RawIs { elsewhere, body, body_at_body } raw_is = RawIs::elsewhere;
  std::string body_note;
  std::string series;
  std::string status;
};

enum class Acceptance { fresh, redelivery, conflict, replay };
std::string_view name(Acceptance acceptance);

struct Accepted {
  EventId event;
  CorrelationId correlation;  // of the stored event
  Acceptance verdict = Acceptance::fresh;
};

class Inbox {
 public:
  using Done = std::function<void(Result<std::vector<Accepted>>)>;  // same order as given
  virtual ~Inbox() = default;
  // Thread-safe, never blocks. `done` is called exactly once, from any thread, and only after the
  // commit; an Error (unavailable) means that nothing was stored and the sender should try again.
  virtual void accept(std::vector<Incoming> deliveries, Done done) = 0;
  // So much waits to be decided that no more should be let in for now. Thread-safe, never blocks.
  virtual bool crowded() const { return false; }
};

}  // namespace countersign::core
