// Sends what the outbox holds for one chat, in order within each lane, outside of any transaction
// (I16).
#pragma once
#include "bot/core/ports/chat.h"
#include "bot/engine/deps.h"
#include "bot/store/outbox.h"

namespace countersign::engine {

class OutboxSender {
 public:
  static constexpr int kTries =
      200;  // with a pause of up to five minutes: well over half a day of outage
  OutboxSender(const Deps& deps, core::ChatAdapter& chat) : deps_(deps), chat_(chat) {}
  bool run_once(const std::stop_token& stop);

 private:
  void send(store::OutboxMessage message, const std::stop_token& stop);
  void note(const store::OutboxMessage& message, const core::Delivery& delivery,
            const std::stop_token& stop);
  void settle(const store::OutboxMessage& message, const core::Delivery& delivery);

  const Deps& deps_;
  core::ChatAdapter& chat_;
};

}  // namespace countersign::engine
