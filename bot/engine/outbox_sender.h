// Sends what the outbox holds for one chat, in order within each lane and no faster than the chat
// takes it, what people wait for first; outside of any transaction (I16).
#pragma once
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

 private:
  std::vector<store::OutboxMessage> claim();
  bool wait_for_room(const std::stop_token& stop);
  void put_back(const store::OutboxMessage& message, Pacer::Length pause);
  void send(store::OutboxMessage message, const std::stop_token& stop);
  void note(const store::OutboxMessage& message, const core::Delivery& delivery,
            const std::stop_token& stop);
  void settle(const store::OutboxMessage& message, const core::Delivery& delivery);

  const Deps& deps_;
  core::ChatAdapter& chat_;
  Pacer pacer_;  // touched by the sending thread only
};

}  // namespace countersign::engine
