// What was heard, on its way in: offered until it is taken, because nobody sends a chat message or
// an emoji twice. Thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "adapters/chat/watermark.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::mattermost {

class Handover : public std::enable_shared_from_this<Handover> {
 public:
  struct Outside {
    core::Inbox& inbox;
    core::ChatDesk& desk;
    // Runs it after a pause that grows with the attempts, unless stopped meanwhile.
    std::function<void(int attempt, std::function<void()>)> later;
    std::function<void(const core::Act&, std::string)> tell;  // to that person alone; never blocks
    std::function<void()> taken;  // something was taken for good; never blocks
  };

  Handover(Outside outside, chat::Watermark& heard) : outside_(std::move(outside)), heard_(heard) {}

  // `at` is the server's time of it.
  void command(core::Incoming incoming, std::int64_t at);
  void act(core::Act act, std::int64_t at);

 private:
  void offer(const core::Incoming& incoming, std::int64_t at, int attempt);
  void offer(const core::Act& act, std::int64_t at, int attempt);
  void taken(std::int64_t at);

  const Outside outside_;
  chat::Watermark& heard_;
};

}  // namespace countersign::adapters::mattermost
