#include "tests/contract/chat/contract.h"

#include <algorithm>
#include <thread>

namespace countersign::contract {
namespace {

constexpr std::chrono::seconds kDeadline{30};

}  // namespace

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void ChatContract::start() {
  const auto before = desk_.changes(0).size();
  bot().start(desk_, desk_);
  EXPECT_TRUE(desk_.changes(before + 1).at(before).up);
  EXPECT_TRUE(bot().connected());
  chat_->settle();
}

void ChatContract::stop() {
  bot().stop();
  desk_.close();
}

void ChatContract::begin_again() {
  desk_.open();
  chat_->renew();
  start();
}

Outgoing ChatContract::post(const std::string& text, const std::string& client_id) {
  Outgoing out;
  out.client_id = client_id;
  out.place = {bot().name(), "#ops", ""};
  out.message.title = {core::plain("Plan")};
  out.message.lines = {{core::plain(text)}};
  out.message.fallback = text;
  return out;
}

Outgoing ChatContract::post_with_button(const Json& context) {
  auto out = post("a question");
  out.message.buttons = {{"approve", "Approve", core::Button::Style::primary, context, {}}};
  return out;
}

Delivery ChatContract::sent(const Outgoing& out) {
  auto delivery = deliver(out);
  EXPECT_EQ(delivery.kind, Delivery::Kind::sent) << delivery.why;
  return delivery;
}

// What is said behind it is heard behind it.
std::vector<std::string> ChatContract::heard() {
  const std::string fence = "!fence " + std::to_string(++fences_);
  chat_->say("carol", fence);
  desk_.command(fence);
  std::vector<std::string> texts;
  for (const auto& command : desk_.commands(0)) {
    if (!command.raw.starts_with("!fence")) texts.push_back(command.raw);
  }
  return texts;
}

Shown ChatContract::shown(const std::string& message) {
  const auto all = chat_->posts();
  const auto found = std::ranges::find(all, message, &Shown::id);
  EXPECT_NE(found, all.end()) << "no message " << message;
  return found == all.end() ? Shown() : *found;
}

std::size_t ChatContract::count(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      chat_->posts(), [&](const Shown& one) { return contains(one.text, text); }));
}

void ChatContract::see(const std::function<bool()>& so, const std::string& what) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!so()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "not seen: " << what;
    std::this_thread::yield();
  }
}

void ChatContract::see_told(const std::string& who, const std::string& words) {
  see(
      [&] {
        return std::ranges::any_of(chat_->told(who),
                                   [&](const auto& text) { return contains(text, words); });
      },
      who + " being told " + words);
}

INSTANTIATE_TEST_SUITE_P(Chats, ChatContract,
                         testing::Values(Named{"slack", slack}, Named{"mattermost", mattermost},
                                         Named{"fake", fake}),
                         [](const auto& made) { return std::string(made.param.name); });

}  // namespace countersign::contract
