#include "tests/contract/chat/desk.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace countersign::contract {
namespace {

constexpr std::chrono::seconds kDeadline{30};

}  // namespace

// --- As the engine ---

bool Desk::refuses() {
  EXPECT_FALSE(closed_) << "a callback after stop()";
  return refusals_ > 0 && refusals_-- > 0;
}

void Desk::take(const std::vector<core::Incoming>& deliveries) {
  for (const auto& one : deliveries) {
    const auto known = std::ranges::find(commands_, one.dedup_key, &core::Incoming::dedup_key);
    if (known == commands_.end()) {
      commands_.push_back(one);
    } else {
      EXPECT_EQ(known->body_hash, one.body_hash) << "I3: one key, two contents";
    }
  }
  changed_.notify_all();
}

void Desk::accept(std::vector<core::Incoming> deliveries, Done done) {
  const auto count = deliveries.size();
  {
    const std::lock_guard lock(mutex_);
    const bool refused = refuses();
    for (const auto& one : deliveries) offered_commands_.push_back(one);
    changed_.notify_all();
    if (!refused && holding_) {
      held_.emplace_back([this, deliveries, done, count] {
        {
          const std::lock_guard inner(mutex_);
          take(deliveries);
        }
        done(std::vector<core::Accepted>(count));
      });
      return;
    }
    if (!refused) take(deliveries);
    if (refused) deliveries.clear();
  }
  if (deliveries.empty()) return done(unavailable("the database is away"));
  done(std::vector<core::Accepted>(count));
}

void Desk::act(core::Act act, std::function<void(core::ActAnswer)> answer) {
  core::ActAnswer given;
  {
    const std::lock_guard lock(mutex_);
    given.kept = !refuses();
    offered_acts_.push_back(act);
    changed_.notify_all();
    if (given.kept && holding_) {
      held_.emplace_back([this, act, answer] {
        {
          const std::lock_guard inner(mutex_);
          acts_.push_back(act);
          changed_.notify_all();
        }
        answer({});
      });
      return;
    }
    if (given.kept) acts_.push_back(act);
    if (given.kept && answer_) given = answer_(act);
  }
  answer(given);
}

void Desk::connection_changed(const std::string&, bool up, const std::string& why) {
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(closed_) << "a callback after stop()";
  changes_.push_back({up, why});
  changed_.notify_all();
}

Result<std::string> Desk::position(const std::string&) {
  const std::lock_guard lock(mutex_);
  if (position_refusals_ > 0 && position_refusals_-- > 0)
    return unavailable("the database is away");
  return position_;
}

void Desk::heard_up_to(const std::string&, const std::string& position) {
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(closed_) << "a callback after stop()";
  position_ = position;
  changed_.notify_all();
}

std::vector<core::OpenQuestion> Desk::open_questions(const std::string&) {
  const std::lock_guard lock(mutex_);
  return questions_;
}

// --- How it behaves ---

void Desk::answer_with(std::function<core::ActAnswer(const core::Act&)> answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void Desk::ask(const core::Delivery& sent) {
  const std::lock_guard lock(mutex_);
  questions_.push_back({sent.channel_id, sent.message_id});
}

void Desk::refuse(int offers) {
  const std::lock_guard lock(mutex_);
  refusals_ = offers;
}

void Desk::refuse_positions(int times) {
  const std::lock_guard lock(mutex_);
  position_refusals_ = times;
}

void Desk::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void Desk::forget() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  held_.clear();
}

void Desk::release() {
  std::vector<std::function<void()>> held;
  {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    held.swap(held_);
  }
  for (const auto& one : held) one();
}

void Desk::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void Desk::open() {
  const std::lock_guard lock(mutex_);
  closed_ = false;
}

// --- What was taken ---

std::vector<core::Incoming> Desk::commands(std::size_t enough) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return commands_.size() >= enough; }))
      << "only " << commands_.size() << " commands";
  return commands_;
}

core::Incoming Desk::command(const std::string& text) {
  std::unique_lock lock(mutex_);
  auto found = commands_.end();
  const bool came = changed_.wait_for(lock, kDeadline, [&] {
    found = std::ranges::find_if(commands_, [&](const auto& c) { return c.raw == text; });
    return found != commands_.end();
  });
  EXPECT_TRUE(came) << "nobody heard " << text;
  return came ? *found : core::Incoming();
}

std::vector<core::Act> Desk::acts(std::size_t enough) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return acts_.size() >= enough; }))
      << "only " << acts_.size() << " acts";
  return acts_;
}

core::Act Desk::act_that(const std::function<bool(const core::Act&)>& fits) {
  std::unique_lock lock(mutex_);
  auto found = acts_.end();
  const bool came = changed_.wait_for(lock, kDeadline, [&] {
    found = std::ranges::find_if(acts_, fits);
    return found != acts_.end();
  });
  EXPECT_TRUE(came) << "no such act";
  return came ? *found : core::Act();
}

std::vector<Desk::Change> Desk::changes(std::size_t enough) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return changes_.size() >= enough; }))
      << "only " << changes_.size() << " changes";
  return changes_;
}

std::vector<core::Incoming> Desk::offered_commands(std::size_t enough) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(
      changed_.wait_for(lock, kDeadline, [&] { return offered_commands_.size() >= enough; }))
      << "only " << offered_commands_.size() << " offers";
  return offered_commands_;
}

std::vector<core::Act> Desk::offered_acts(std::size_t enough) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return offered_acts_.size() >= enough; }))
      << "only " << offered_acts_.size() << " offers";
  return offered_acts_;
}

std::string Desk::wait_for_position(const std::function<bool(const std::string&)>& fits) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return fits(position_); }))
      << "the position is " << position_;
  return position_;
}

}  // namespace countersign::contract
