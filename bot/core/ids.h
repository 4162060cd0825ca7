// Strong identifiers: a run's number cannot be passed where an event's is meant.
#pragma once
#include <compare>
#include <cstdint>
#include <string>

namespace countersign::core {

template <class Tag>
struct Id {
  std::int64_t value = 0;
  auto operator<=>(const Id&) const = default;
  explicit operator bool() const { return value != 0; }
  std::string text() const { return std::to_string(value); }
};

using EventId = Id<struct EventTag>;
using RunId = Id<struct RunTag>;
using ApprovalId = Id<struct ApprovalTag>;
using OutboxId = Id<struct OutboxTag>;
using DeadLetterId = Id<struct DeadLetterTag>;
using StandingId = Id<struct StandingTag>;  // of a standing approval
using ReviewId = Id<struct ReviewTag>;      // of what break-glass leaves to be looked at
using FreezeId = Id<struct FreezeTag>;      // of a freeze that a person began

// A W3C trace id: 32 lower-case hex digits, not all zero (https://www.w3.org/TR/trace-context/).
// PostgreSQL keeps it as uuid; text() is the form that people, headers and JSON see.
class CorrelationId {
 public:
  CorrelationId() = default;
  // Takes 32 hex digits with or without the dashes of a uuid; anything else gives the empty id.
  static CorrelationId parse(const std::string& text);
  const std::string& text() const { return hex_; }
  bool empty() const { return hex_.empty(); }
  auto operator<=>(const CorrelationId&) const = default;

 private:
  std::string hex_;
};

}  // namespace countersign::core
