#include "bot/engine/outbox_sender.h"

#include <algorithm>

#include "bot/engine/announce.h"
#include "bot/engine/faults.h"
#include "bot/obs/log.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

constexpr core::Duration kLease = std::chrono::seconds(60);

core::RunId run_in(const std::string& about) {
  return about.starts_with("run:") ? core::RunId{std::stoll(about.substr(4))} : core::RunId{};
}

}  // namespace

bool OutboxSender::run_once(const std::stop_token& stop) {
  if (!chat_.connected()) return false;
  auto messages = deps_.db.transact("claim messages", [&](store::Tx& tx) {
    auto claimed = store::claim_messages(tx, chat_.name(), 10, kLease);
    // A lane is in order, so by now the plan is posted and its thread is known.
    for (auto& m : claimed) {
      if (m.out.place.thread != kThreadOfRun) continue;
      const auto run = store::find_run(tx, run_in(m.about));
      m.out.place = run ? run->place : core::ChatPlace{m.out.place.chat, m.out.place.channel, ""};
    }
    return claimed;
  });
  for (auto& message : messages) {
    if (stop.stop_requested()) break;
    send(std::move(message), stop);
  }
  return !messages.empty();
}

void OutboxSender::send(store::OutboxMessage message, const std::stop_token& stop) {
  auto delivery = chat_.deliver(message.out, stop);
  if (delivery.kind == core::Delivery::Kind::unknown) {
    // It may be there: look before saying it again.
    if (const auto found = chat_.find(message.out, stop)) delivery = *found;
  }
  crash_point("outbox.after_send");
  note(message, delivery, stop);
}

// What was sent must be noted as soon as the database is back: votes on it do not count before.
void OutboxSender::note(const store::OutboxMessage& message, const core::Delivery& delivery,
                        const std::stop_token& stop) {
  Signal pause;
  for (int failures = 0;; ++failures) {
    try {
      return settle(message, delivery);
    } catch (const store::StoreError& e) {
      const bool away = e.kind() == ErrorKind::unavailable || e.kind() == ErrorKind::in_doubt;
      if (!away || stop.stop_requested()) throw;
    }
    pause.wait(std::chrono::milliseconds(100) * (1 << std::min(failures, 4)), stop);
  }
}

void OutboxSender::settle(const store::OutboxMessage& message, const core::Delivery& delivery) {
  deps_.db.transact("outbox outcome", [&](store::Tx& tx) {
    if (delivery.kind == core::Delivery::Kind::sent) {
      store::mark_sent(tx, message, delivery);
      return;
    }
    const bool retry = delivery.kind == core::Delivery::Kind::unknown || delivery.retryable;
    if (retry && message.attempt < kTries) {
      const auto pause = delivery.retry_after ? core::Duration(*delivery.retry_after)
                                              : core::backoff(message.attempt);
      store::retry_later(tx, message, pause, delivery.why);
      return;
    }
    obs::error("a message could not be delivered",
               {{"chat", chat_.name()}, {"about", message.about}, {"why", delivery.why}});
    store::mark_dead(tx, message, delivery.why);
  });
}

}  // namespace countersign::engine
