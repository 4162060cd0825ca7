// The double that other suites use in place of a platform: it has to keep the contract as well.
#include <algorithm>

#include "tests/contract/chat/platform.h"
#include "tests/support/fake_chat.h"

namespace countersign::contract {
namespace {

class FakePlatform : public Platform {
 public:
  core::ChatAdapter& bot() override { return chat_; }
  void renew() override {}

  void add(const std::string& who, Kind kind) override {
    chat_.add({who, kind == Kind::bot, kind == Kind::guest || kind == Kind::outsider});
  }
  void rename(const std::string& who, const std::string& to) override { chat_.rename(who, to); }
  std::string key(const std::string& who) override { return chat_.key(who); }
  std::string say(const std::string& who, const std::string& text,
                  const std::string& thread) override {
    return chat_.say(who, text, thread);
  }
  void edit(const std::string&, const std::string& message, const std::string& text) override {
    chat_.edit(message, text);
  }
  void remove(const std::string&, const std::string& message) override { chat_.remove(message); }
  void forward(const std::string& who, const std::string& message) override {
    for (const auto& post : posts()) {
      if (post.id == message) chat_.say(who, "forwarded: " + post.text);
    }
  }
  void react(const std::string& who, const std::string& message, const std::string& emoji,
             bool there) override {
    chat_.react(who, message, emoji, there);
  }
  void click(const std::string& who, const std::string& message, const std::string& button,
             const std::string& choice) override {
    chat_.click(who, message, button, choice);
  }
  bool has_window(const std::string& who) override { return chat_.window(who).has_value(); }
  std::map<std::string, std::string> submit(
      const std::string& who, const std::map<std::string, std::string>& values) override {
    return chat_.submit(who, values);
  }

  std::string group() const override { return "#ops-prod"; }
  std::string no_group() const override { return "#nobody"; }
  void let_in(const std::string& who) override { chat_.let_in(who); }

  void cut() override {
    chat_.set_connected(false);
    chat_.set_connected(true);
  }
  void set_down(bool down) override { chat_.set_down(down); }
  void limit(int posts) override { chat_.limit(posts); }
  void lose_answer() override { chat_.lose_answers(1); }
  bool covers(const std::string& position, const std::string& message,
              const std::string& voter) override {
    return chat_.covers(position, message, voter);
  }

  std::vector<Shown> posts() override {
    std::vector<Shown> all;
    for (const auto& post : chat_.posts()) {
      if (post.deleted) continue;
      Shown one{post.id, post.author, post.thread, post.text, post.text, {}, {}};
      for (const auto& button : post.message.buttons) one.buttons.push_back(button.id);
      for (const auto& line : post.message.lines) {
        for (const auto& span : line) {
          if (span.kind == core::Span::Kind::person && span.text.starts_with("fake:"))
            one.mentions.push_back(span.label);
        }
      }
      all.push_back(std::move(one));
    }
    return all;
  }
  std::vector<std::string> told(const std::string& who) override { return chat_.told(who); }
  std::map<std::string, std::string> files(const std::string& thread) override {
    std::map<std::string, std::string> out;
    for (const auto& post : chat_.posts()) {
      if (post.id == thread || post.thread == thread)
        out.insert(post.files.begin(), post.files.end());
    }
    return out;
  }

 private:
  support::FakeChat chat_;
};

}  // namespace

std::unique_ptr<Platform> fake(Begin) { return std::make_unique<FakePlatform>(); }

}  // namespace countersign::contract
