// How much a chat takes at once: each channel so many new messages, and after a "too many requests"
// nothing of that kind for as long as the platform said. Used by one thread.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "bot/core/ports/chat.h"
#include "bot/store/outbox.h"

namespace countersign::engine {

class Pacer {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Length = std::chrono::steady_clock::duration;
  explicit Pacer(core::Pace pace) : pace_(pace) {}

  // What must wait at this moment.
  store::Holds holds(Time now);
  // Takes the room for this message. Otherwise the time until there may be some.
  std::optional<Length> wait_for(const core::Outgoing& out, Time now);
  // The platform asked for a pause.
  void limited(const core::Outgoing& out, core::Delivery::Hold hold, Length pause, Time now);
  // "#ops" is the channel with this id: what goes to either counts for both.
  void same_channel(const std::string& name, const std::string& id);
  // When the first thing that waits may go on; nothing waits otherwise.
  std::optional<Time> next(Time now) const;

 private:
  struct Channel {
    double room = 0;  // messages that may go at once
    Time as_of{};
    Time closed_until{};
  };
  Channel& channel(const std::string& name, Time now);
  Time free_at(const Channel& channel) const;
  std::string id_of(const std::string& name) const;

  const core::Pace pace_;
  std::map<std::string, Channel> channels_;  // by id as far as known, else by name
  std::map<std::string, std::string> ids_;   // by name
  std::map<core::Outgoing::Op, Time> ops_closed_until_;
};

}  // namespace countersign::engine
