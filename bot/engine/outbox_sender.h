// Sends what the outbox holds for one chat, in order within each lane and no faster than the chat
// takes it, what people wait for first; outside of any transaction (I16). Of all replicas one
// speaks in a chat at a time, so that each message is said once; the others stand by.
#pragma once
#include <map>

#include "bot/core/ports/chat.h"
#include "bot/engine/deps.h"
#include "bot/engine/pacer.h"
#include "bot/store/outbox.h"

namespace countersign::engine {

class OutboxSender {
 public:
  static constexpr int kTries =
      200;  // with a pause of up to five minutes: well over half a day of outage
  OutboxSender(const Deps& deps, core::ChatAdapter& chat)
      : deps_(deps), chat_(chat), pacer_(chat.pace()) {}
  bool run_once(const std::stop_token& stop);
  // Another replica may speak from now on. After the last run_once().
  void hand_over() noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  struct Term {
    store::SenderTerm row;
    Clock::time_point renew_at;
  };

  bool hold();
  bool wait_for_room(const std::stop_token& stop);
  std::vector<store::OutboxMessage> due();
  void send(const store::OutboxMessage& message, const std::stop_token& stop);
  core::Delivery say(const store::OutboxMessage& message, const std::stop_token& stop);
  core::Delivery whisper(core::Outgoing out, const std::stop_token& stop);
  void note(const store::OutboxMessage& message, const core::Delivery& delivery,
            const std::stop_token& stop);
  void settle(const store::OutboxMessage& message, const core::Delivery& delivery);

  // Touched by the sending thread only.
  const Deps& deps_;
  core::ChatAdapter& chat_;
  Pacer pacer_;
  std::optional<Term> term_;
  std::int64_t last_term_ = 0;  // goes on after a pause in which nobody else had the chat
  std::uint64_t heard_ = 0;     // of the signal
  std::map<std::string, core::Delivery> said_;  // by client id: should the record forget it
};

}  // namespace countersign::engine
