// A chat service with people in it and a bot: what the suite needs to play both on any of them.
// People go by their usernames and are in #ops, where everything happens that names no other place.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bot/core/ports/chat.h"

namespace countersign::contract {

// A message as a reader sees it.
struct Shown {
  std::string id;
  std::string author;
  std::string thread;                 // empty for a root
  std::string text;                   // all of it, without markup
  std::string raw;                    // as the platform keeps it
  std::vector<std::string> buttons;   // ids
  std::vector<std::string> mentions;  // who is called: usernames, "here", "channel", "all"
};

class Platform {
 public:
  virtual ~Platform() = default;

  // The bot of this moment, stopped; renew() makes that of the next process.
  virtual core::ChatAdapter& bot() = 0;
  virtual void renew() = 0;
  // Once the bot is up: waits until it has done what it does by itself then.
  virtual void settle() {}

  // People. Returns when the platform has done it and told the bot, if it can.
  enum class Kind { member, guest, outsider, bot };
  virtual void add(const std::string& who, Kind kind) = 0;
  virtual void rename(const std::string& who, const std::string& to) = 0;
  virtual std::string key(const std::string& who) = 0;
  virtual std::string say(const std::string& who, const std::string& text,
                          const std::string& thread = "") = 0;
  virtual void edit(const std::string& who, const std::string& message,
                    const std::string& text) = 0;
  virtual void remove(const std::string& who, const std::string& message) = 0;
  virtual void forward(const std::string& who, const std::string& message) = 0;
  virtual void react(const std::string& who, const std::string& message, const std::string& emoji,
                     bool there = true) = 0;
  // Returns when the bot has answered, or was waited for in vain.
  virtual void click(const std::string& who, const std::string& message, const std::string& button,
                     const std::string& choice = "") = 0;
  virtual bool has_window(const std::string& who) = 0;
  // What is wrong, by field; the window is closed if nothing is.
  virtual std::map<std::string, std::string> submit(
      const std::string& who, const std::map<std::string, std::string>& values) = 0;

  // A group of alice and bob as the configuration names it, one that does not exist, and how
  // somebody gets into the first.
  virtual std::string group() const = 0;
  virtual std::string no_group() const = 0;
  virtual void let_in(const std::string& who) = 0;

  // Trouble.
  virtual void cut() = 0;                 // the connection breaks once
  virtual void set_down(bool down) = 0;   // the bot reaches nothing; people go on
  virtual void wait_for_attempts(int) {}  // of the bot to get through since it is down
  virtual void limit(int posts) = 0;      // so many new messages are refused for their number
  virtual void lose_answer() = 0;  // the next message or update is carried out, and nobody hears
  virtual void hold_clock() {}
  // From an hour ago to now. What the platform could not deliver meanwhile it does not deliver any
  // more.
  virtual void an_hour_passes() {}
  // Whether a process that begins from this position takes the message as heard, and, if there is a
  // voter, that person's emoji on it as well.
  virtual bool covers(const std::string& position, const std::string& message,
                      const std::string& voter = "") = 0;

  // What people see.
  virtual std::vector<Shown> posts() = 0;                             // in #ops, with threads
  virtual std::vector<std::string> told(const std::string& who) = 0;  // to that person alone
  virtual std::map<std::string, std::string> files(const std::string& thread) = 0;  // by name
};

// The platform as of now, or of an hour ago.
enum class Begin { now, an_hour_ago };
struct Named {
  const char* name;
  std::unique_ptr<Platform> (*make)(Begin begin);
};
std::unique_ptr<Platform> slack(Begin begin);
std::unique_ptr<Platform> mattermost(Begin begin);
std::unique_ptr<Platform> fake(Begin begin);

}  // namespace countersign::contract
