// The engine's side of an adapter: takes what comes in, remembers it, and refuses on demand. Waits
// for things with a deadline, never for a time. Thread-safe.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "bot/core/ports/chat.h"

namespace countersign::contract {

class Desk : public core::Inbox, public core::ChatDesk {
 public:
  struct Change {
    bool up = false;
    std::string why;
  };

  void accept(std::vector<core::Incoming> deliveries, Done done) override;
  void act(core::Act act, std::function<void(core::ActAnswer)> answer) override;
  void connection_changed(const std::string& chat, bool up, const std::string& why) override;
  Result<std::string> position(const std::string& chat) override;
  void heard_up_to(const std::string& chat, const std::string& position) override;
  std::vector<core::OpenQuestion> open_questions(const std::string& chat) override;

  // How it behaves.
  void answer_with(std::function<core::ActAnswer(const core::Act&)> answer);
  void ask(const core::Delivery& sent);  // a question that is open from now on
  void refuse(int offers);               // the next commands and acts are to come again
  void refuse_positions(int times);
  void hold();     // what comes is neither taken nor refused
  void forget();   // what is held never gets its answer
  void release();  // what is held is taken
  void close();    // nothing may come any more: it would fail the test
  void open();

  // What was taken; a command once, however often it came. All wait until there is enough.
  std::vector<core::Incoming> commands(std::size_t enough);
  core::Incoming command(const std::string& text);
  std::vector<core::Act> acts(std::size_t enough);
  core::Act act_that(const std::function<bool(const core::Act&)>& fits);
  std::vector<Change> changes(std::size_t enough);
  // Commands and acts, taken or not.
  std::vector<core::Incoming> offered_commands(std::size_t enough);
  std::vector<core::Act> offered_acts(std::size_t enough);
  std::string wait_for_position(const std::function<bool(const std::string&)>& fits);

 private:
  bool wait(const std::function<bool()>& enough);  // with mutex_ held by `lock`
  bool refuses();
  void take(const std::vector<core::Incoming>& deliveries);

  std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  std::function<core::ActAnswer(const core::Act&)> answer_;
  std::vector<core::OpenQuestion> questions_;
  std::string position_;
  int refusals_ = 0;
  int position_refusals_ = 0;
  bool holding_ = false;
  bool closed_ = false;
  std::vector<std::function<void()>> held_;
  std::vector<core::Incoming> offered_commands_, commands_;
  std::vector<core::Act> offered_acts_, acts_;
  std::vector<Change> changes_;
};

}  // namespace countersign::contract
