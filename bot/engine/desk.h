// Where people's acts on our messages arrive: buttons, menus, forms and emoji become votes,
// changes, questions and answers.
#pragma once
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "bot/core/ports/chat.h"
#include "bot/engine/announce.h"
#include "bot/engine/button_seal.h"
#include "bot/engine/editing.h"
#include "bot/engine/glass.h"
#include "bot/engine/loop.h"
#include "bot/engine/step_up.h"
#include "bot/engine/voting.h"

namespace countersign::engine {

class Desk : public core::ChatDesk {
 public:
  static constexpr std::size_t kWaiting = 1000;  // more are told to try again

  Desk(const Deps& deps, Voting& voting)
      : deps_(deps),
        voting_(voting),
        editing_(deps),
        step_up_(deps),
        glass_(deps),
        announcer_(deps) {}
  void act(core::Act act, std::function<void(core::ActAnswer)> answer) override;
  void connection_changed(const std::string& chat, bool up, const std::string& why) override;
  Result<std::string> position(const std::string& chat) override;
  void heard_up_to(const std::string& chat, const std::string& position) override;
  std::vector<core::OpenQuestion> open_questions(const std::string& chat) override;

  // Judges one act. One that may be about a message whose sending is not noted yet is kept and
  // looked at again.
  bool run_once(const std::stop_token& stop);
  void start();
  void stop();
  std::map<std::string, std::string> connections() const;  // chat -> "" when up, otherwise why not

 private:
  using Clock = std::chrono::steady_clock;
  // How long an act may be ahead of our own record of the message it is about.
  static constexpr std::chrono::seconds kAhead{5};
  struct Waiting {
    core::Act act;
    std::function<void(core::ActAnswer)> answer;
    Clock::time_point since;
  };
  struct Judgement {
    core::ActAnswer answer;
    bool early = false;  // nothing was decided: the message is not noted as sent yet
  };
  Judgement judge(const core::Act& act);
  Judgement press(const core::Act& act, const Press& press);
  Judgement emoji(const core::Act& act);
  static core::ActAnswer said(std::string words);
  static Ballot ballot_of(const core::Act& act, const Press& pressed, core::VoteChoice choice,
                          const char* via);
  core::ActAnswer open_form(const Press& pressed) const;
  core::ActAnswer choose(const core::Act& act, const Press& press);
  core::ActAnswer answer_form(const core::Act& act, const Press& press);
  core::ActAnswer deny(const core::Act& act, const Press& press);
  core::ActAnswer edit(const core::Act& act, const Press& press);
  core::ActAnswer withdraw(const core::Act& act, const Press& press);
  core::ActAnswer enrol(const core::Act& act);
  core::ActAnswer approve_with_code(const core::Act& act, const Press& press);
  core::ActAnswer break_glass(const core::Act& act, const Press& press);
  core::ActAnswer close_review(const core::Act& act, const Press& press);
  bool next(Waiting& out);
  void explain(const Press& press);
  void tell(const core::Act& act, const std::string& words);

  const Deps& deps_;
  Voting& voting_;
  Editing editing_;
  StepUp step_up_;
  Glass glass_;
  Announcer announcer_;
  Signal arrived_;
  mutable std::mutex mutex_;
  std::deque<Waiting> waiting_;                     // guarded by mutex_
  std::deque<Waiting> early_;                       // guarded by mutex_
  std::map<std::string, std::string> connections_;  // guarded by mutex_
  std::unique_ptr<Loop> loop_;
};

}  // namespace countersign::engine
