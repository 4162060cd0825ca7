// Where people's acts on our messages arrive: buttons and emoji become votes, questions and
// answers.
#pragma once
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "bot/core/ports/chat.h"
#include "bot/engine/announce.h"
#include "bot/engine/button_seal.h"
#include "bot/engine/loop.h"
#include "bot/engine/voting.h"

namespace countersign::engine {

class Desk : public core::ChatDesk {
 public:
  static constexpr std::size_t kWaiting = 1000;  // more are told to try again

  Desk(const Deps& deps, Voting& voting) : deps_(deps), voting_(voting), announcer_(deps) {}
  void act(core::Act act, std::function<void(core::ActAnswer)> answer) override;
  void connection_changed(const std::string& chat, bool up, const std::string& why) override;

  bool run_once(const std::stop_token& stop);  // judges one act
  void start();
  void stop();
  std::map<std::string, std::string> connections() const;  // chat -> "" when up, otherwise why not

 private:
  std::string judge(const core::Act& act);
  std::string press(const core::Act& act, const Press& press);
  void emoji(const core::Act& act);
  void explain(const Press& press);
  void tell(const core::Act& act, const std::string& words);

  const Deps& deps_;
  Voting& voting_;
  Announcer announcer_;
  Signal arrived_;
  mutable std::mutex mutex_;
  std::deque<std::pair<core::Act, std::function<void(core::ActAnswer)>>>
      waiting_;                                     // guarded by mutex_
  std::map<std::string, std::string> connections_;  // guarded by mutex_
  std::unique_ptr<Loop> loop_;
};

}  // namespace countersign::engine
