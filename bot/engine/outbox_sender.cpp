#include "bot/engine/outbox_sender.h"

#include <algorithm>

#include "bot/engine/announce.h"
#include "bot/engine/faults.h"
#include "bot/obs/log.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr core::Duration kLease = std::chrono::seconds(60);
constexpr std::chrono::milliseconds kStep{100};

core::RunId run_in(const std::string& about) {
  return about.starts_with("run:") ? core::RunId{std::stoll(about.substr(4))} : core::RunId{};
}

}  // namespace

bool OutboxSender::run_once(const std::stop_token& stop) {
  if (!chat_.connected()) return false;
  auto messages = claim();
  if (messages.empty()) return wait_for_room(stop);
  for (auto& message : messages) {
    if (stop.stop_requested()) break;
    if (const auto pause = pacer_.wait_for(message.out, Clock::now())) {
      put_back(message, *pause);
    } else {
      send(std::move(message), stop);
    }
  }
  return true;
}

std::vector<store::OutboxMessage> OutboxSender::claim() {
  const auto holds = pacer_.holds(Clock::now());
  return deps_.db.transact("claim messages", [&](store::Tx& tx) {
    auto claimed = store::claim_messages(tx, chat_.name(), 10, kLease, holds);
    // A lane is in order, so by now the plan is posted and its thread is known.
    for (auto& m : claimed) {
      if (m.out.place.thread != kThreadOfRun) continue;
      const auto run = store::find_run(tx, run_in(m.about));
      m.out.place = run ? run->place : core::ChatPlace{m.out.place.chat, m.out.place.channel, ""};
    }
    return claimed;
  });
}

// Something may wait for its channel, though nothing could be claimed: in short steps, because
// another channel may be written to meanwhile.
bool OutboxSender::wait_for_room(const std::stop_token& stop) {
  const auto now = Clock::now();
  const auto next = pacer_.next(now);
  if (!next) return false;
  const auto waiting =
      deps_.db.transact("unsent", [&](store::Tx& tx) { return store::unsent(tx, chat_.name()); });
  if (waiting == 0) return false;
  Signal pause;
  pause.wait(std::min(kStep, std::chrono::ceil<std::chrono::milliseconds>(*next - now)), stop);
  return !stop.stop_requested();
}

void OutboxSender::put_back(const store::OutboxMessage& message, Pacer::Length pause) {
  deps_.db.transact("put back", [&](store::Tx& tx) {
    store::put_back(tx, message, std::chrono::ceil<core::Duration>(pause));
  });
}

void OutboxSender::send(store::OutboxMessage message, const std::stop_token& stop) {
  auto delivery = chat_.deliver(message.out, stop);
  if (delivery.kind == core::Delivery::Kind::unknown) {
    // It may be there: look before saying it again.
    if (const auto found = chat_.find(message.out, stop)) delivery = *found;
  }
  crash_point("outbox.after_send");
  if (delivery.kind == core::Delivery::Kind::sent)
    pacer_.same_channel(message.out.place.channel, delivery.channel_id);
  if (delivery.kind == core::Delivery::Kind::failed && delivery.retry_after &&
      delivery.hold != core::Delivery::Hold::none) {
    pacer_.limited(message.out, delivery.hold, *delivery.retry_after, Clock::now());
    return put_back(message, *delivery.retry_after);
  }
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
