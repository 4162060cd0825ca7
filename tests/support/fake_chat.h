// A chat service and its adapter in one, in memory: for tests that need a chat and no platform.
// What people do is kept as a log, and the adapter hands it in as the real ones do: offered until
// taken, caught up after an interruption, from a position that the desk keeps. Thread-safe.
#pragma once
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "bot/core/ports/chat.h"

namespace countersign::support {

class FakeChat : public core::ChatAdapter {
 public:
  static constexpr std::size_t kLongest = 4'000;  // code points of a message
  static constexpr char kOps[] = "c-ops";         // the channel where everything happens

  // People alice, bob and carol; the channels #ops and #ops-prod, the latter a private one, which
  // alice and bob were let into.
  explicit FakeChat(std::string name = "fake");
  ~FakeChat() override { stop(); }

  const std::string& name() const override { return name_; }
  // May be started again after stop(), as a new process of the same bot.
  void start(core::Inbox& inbox, core::ChatDesk& desk) override;
  core::Delivery deliver(const core::Outgoing& out, std::stop_token stop) override;
  std::optional<core::Delivery> find(const core::Outgoing& out, std::stop_token stop) override;
  core::Pace pace() const override { return {}; }
  Result<core::Person> find_person(const std::string& name) override;
  Result<std::vector<core::Person>> find_group(const std::string& name) override;
  bool connected() const override { return connected_; }
  std::vector<core::Finding> check(const std::vector<std::string>& channels,
                                   std::stop_token stop) override;
  void stop() override;

  // What people do, by username. Everything is in #ops unless it is about a message elsewhere.
  struct Person {
    std::string name;
    bool bot = false;
    bool guest = false;
    bool let_in = false;  // to #ops-prod
  };
  void add(Person person);
  void let_in(const std::string& who);
  void rename(const std::string& who, const std::string& to);
  std::string say(const std::string& who, const std::string& text, const std::string& thread = "");
  void edit(const std::string& message, const std::string& text);
  void remove(const std::string& message);
  void react(const std::string& who, const std::string& message, const std::string& emoji,
             bool there = true);
  // Answers with what that person alone is told, once the desk has answered.
  std::string click(const std::string& who, const std::string& message, const std::string& button,
                    const std::string& choice = "");
  // What is wrong with the values, by field; empty if they were taken.
  std::map<std::string, std::string> submit(const std::string& who,
                                            std::map<std::string, std::string> values);

  // What people see.
  struct Post {
    std::string id, author, channel, thread, client_id, text;
    core::Message message;
    std::map<std::string, std::string> files;  // of the message
    bool deleted = false;
  };
  std::vector<Post> posts() const;
  std::vector<std::string> told(const std::string& who) const;
  std::optional<core::Form> window(const std::string& who) const;
  std::string key(const std::string& who) const;
  // Whether that position lies behind what was said in this message, or what `voter` did to it
  // last.
  bool covers(const std::string& position, const std::string& message,
              const std::string& voter) const;

  // What goes wrong.
  void set_connected(bool up);   // what people do meanwhile is caught up afterwards
  void set_down(bool down);      // nothing can be delivered either
  void limit(int calls);         // the next deliveries are refused for their number
  void lose_answers(int calls);  // the next deliveries are carried out, and nobody hears of it

 private:
  struct Happening {
    enum class Kind { said, reacted, unreacted } kind = Kind::said;
    std::string who, message, emoji, text;
    core::Instant at{};
    bool missed = false;  // nobody listened when it happened
  };
  void run(const std::stop_token& stop);
  bool recall(const std::stop_token& stop);
  std::optional<std::size_t> next(const std::stop_token& stop);
  void hand_in(std::size_t number);
  std::optional<core::Incoming> command_of(const Happening& happening) const;
  core::Act act_of(std::size_t number) const;
  void offer(std::size_t number, const core::Incoming& incoming);
  void offer(std::size_t number, const core::Act& act);
  void taken(std::size_t number);
  void note_position();
  void again(std::size_t number);
  void happen(Happening happening);
  core::ActAnswer ask(core::Act act);
  void tell(const std::string& id, const std::string& words);
  core::Delivery carry_out(const core::Outgoing& out);
  core::Delivery place_of(const Post& post) const;
  std::vector<Post>::const_iterator post_at(const std::string& id) const;
  std::string id_of(const std::string& name) const;
  core::Person person(const std::string& id) const;

  const std::string name_;
  std::atomic<bool> connected_ = false;
  std::atomic<bool> down_ = false;
  std::atomic<int> limited_ = 0;
  std::atomic<int> losing_ = 0;

  // Held while the desk is called about position and connection: after stop() nothing is.
  std::mutex calling_;
  bool running_ = false;  // guarded by calling_

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // All guarded by mutex_.
  std::map<std::string, Person> people_;  // by id
  std::vector<Post> posts_;
  std::map<std::string, std::vector<std::string>> told_;  // by id
  std::map<std::string, core::Form> windows_;             // by id
  std::vector<Happening> log_;
  std::size_t began_ = 0;        // so long was the log at the start
  std::size_t next_ = 0;         // of the log, to be handed in
  std::set<std::size_t> open_;   // handed in and not taken
  std::set<std::size_t> again_;  // refused
  int acts_ = 0;

  core::Inbox* inbox_ = nullptr;
  core::ChatDesk* desk_ = nullptr;
  std::jthread thread_;
};

}  // namespace countersign::support
