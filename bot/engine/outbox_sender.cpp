#include "bot/engine/outbox_sender.h"

#include <algorithm>

#include "bot/engine/announce.h"
#include "bot/engine/faults.h"
#include "bot/engine/private_note.h"
#include "bot/obs/log.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

// Longer than the longest call of an adapter and the renewals before it.
constexpr std::chrono::seconds kLease{45};
constexpr std::chrono::seconds kRenewal{10};
constexpr std::chrono::milliseconds kLongestPause{1'000};
constexpr std::size_t kSaid = 1'000;  // remembered

core::RunId run_in(const std::string& about) {
  return about.starts_with("run:") ? core::RunId{std::stoll(about.substr(4))} : core::RunId{};
}

}  // namespace

bool OutboxSender::run_once(const std::stop_token& stop) {
  // Whoever hears the chat may speak in it.
  if (!chat_.connected()) {
    hand_over();
    return false;
  }
  if (!hold()) return false;
  const auto messages = due();
  bool any = false;
  for (const auto& message : messages) {
    if (stop.stop_requested() || !term_ || !hold()) break;
    if (pacer_.wait_for(message.out, Clock::now())) continue;
    send(message, stop);
    any = true;
  }
  return any || wait_for_room(stop);
}

// Something may wait for its channel, though nothing could be sent; what is said meanwhile may be
// for another one.
bool OutboxSender::wait_for_room(const std::stop_token& stop) {
  const auto now = Clock::now();
  const auto next = term_ ? pacer_.next(now) : std::nullopt;
  if (!next) return false;
  const auto waiting =
      deps_.db.transact("unsent", [&](store::Tx& tx) { return store::unsent(tx, chat_.name()); });
  if (waiting == 0) return false;
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(*next - now);
  deps_.signals.outbox.wait(std::min(kLongestPause, pause), stop, heard_);
  return !stop.stop_requested();
}

// The term is trusted for as long as its lease lasts, counted from before it was asked for.
bool OutboxSender::hold() {
  const auto asked = Clock::now();
  if (term_ && asked < term_->renew_at) return true;
  const auto held = deps_.db.transact("hold the chat", [&](store::Tx& tx) {
    auto term = store::hold_sender(tx, chat_.name(), deps_.replica, last_term_, kLease);
    if (!term_ && term) crash_point("hold.before_commit");
    return term;
  });
  if (!held) {
    term_.reset();
    return false;
  }
  if (!term_) crash_point("hold.after_commit");
  term_ = Term{*held, asked + kRenewal};
  last_term_ = held->number;
  return Clock::now() < term_->renew_at;  // an answer that came late may be over: ask again
}

void OutboxSender::hand_over() noexcept {
  if (!term_) return;
  try {
    deps_.db.transact("hand the chat over", [&](store::Tx& tx) {
      store::release_sender(tx, chat_.name(), term_->row.number);
      crash_point("handover.before_commit");
    });
    crash_point("handover.after_commit");
  } catch (const std::exception&) {  // the lease ends by itself
  }
  term_.reset();
}

std::vector<store::OutboxMessage> OutboxSender::due() {
  const auto holds = pacer_.holds(Clock::now());
  return deps_.db.transact("due messages", [&](store::Tx& tx) {
    auto messages = store::due_messages(tx, chat_.name(), 10, holds);
    if (!messages.empty()) tx.settle();  // nothing is said that a crash of the database could undo
    // A lane is in order, so by now the plan is posted and its thread is known.
    for (auto& m : messages) {
      if (m.out.place.thread != kThreadOfRun) continue;
      const auto run = store::find_run(tx, run_in(m.about));
      m.out.place = run ? run->place : core::ChatPlace{m.out.place.chat, m.out.place.channel, ""};
    }
    return messages;
  });
}

void OutboxSender::send(const store::OutboxMessage& message, const std::stop_token& stop) {
  crash_point("outbox.before_send");
  const auto delivery = say(message, stop);
  crash_point("outbox.after_send");
  if (delivery.kind == core::Delivery::Kind::sent) {
    pacer_.same_channel(message.out.place.channel, delivery.channel_id);
    if (said_.size() >= kSaid) said_.clear();
    said_[message.out.client_id] = delivery;
  }
  if (delivery.kind == core::Delivery::Kind::failed && delivery.retry_after &&
      delivery.hold != core::Delivery::Hold::none)
    pacer_.limited(message.out, delivery.hold, *delivery.retry_after, Clock::now());
  note(message, delivery, stop);
  crash_point("outbox.after_commit");
}

// It may be there already: said by us and lost by the record, said by whoever spoke before, or said
// by a call whose answer was lost. Only posts are worth a look: an update may be repeated.
core::Delivery OutboxSender::say(const store::OutboxMessage& message, const std::stop_token& stop) {
  if (const auto said = said_.find(message.out.client_id); said != said_.end()) return said->second;
  if (!message.out.message.sealed.empty()) return whisper(message.out, stop);
  const bool before_us = term_->row.number > 1 && message.created_at <= term_->row.since;
  if (message.out.op == core::Outgoing::Op::post && (before_us || message.attempt > 0)) {
    if (const auto found = chat_.find(message.out, stop)) return *found;
  }
  auto delivery = chat_.deliver(message.out, stop);
  if (delivery.kind == core::Delivery::Kind::unknown) {
    if (const auto found = chat_.find(message.out, stop)) return *found;
  }
  return delivery;
}

// What the record keeps sealed is open here only, on its way out (T45).
core::Delivery OutboxSender::whisper(core::Outgoing out, const std::stop_token& stop) {
  const auto snapshot = deps_.current.get();
  const auto shown = open_note(out.message, out.person, snapshot->settings.step_up);
  if (!shown) {
    core::Delivery failed;
    failed.kind = core::Delivery::Kind::failed;
    failed.why = shown.error().message;
    return failed;
  }
  out.message = *shown;
  return chat_.deliver(out, stop);
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
      store::mark_sent(tx, message, term_->row.number, delivery);
      crash_point("outbox.before_commit");
      return;
    }
    if (delivery.retry_after && delivery.hold != core::Delivery::Hold::none) {
      store::postpone_message(tx, message, term_->row.number, *delivery.retry_after);
      return;
    }
    const bool retry = delivery.kind == core::Delivery::Kind::unknown || delivery.retryable;
    const int failures = message.attempt + 1;
    if (retry && failures < kTries) {
      const auto pause =
          delivery.retry_after ? core::Duration(*delivery.retry_after) : core::backoff(failures);
      store::retry_later(tx, message, term_->row.number, pause, delivery.why);
      return;
    }
    obs::error("a message could not be delivered",
               {{"chat", chat_.name()}, {"about", message.about}, {"why", delivery.why}});
    store::mark_dead(tx, message, term_->row.number, delivery.why);
  });
}

}  // namespace countersign::engine
