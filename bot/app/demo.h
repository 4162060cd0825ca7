// Everything on one machine: sandbox chat, bot, private PostgreSQL, demo packs. Its printed JSON is
// a contract.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::app {

struct DemoOptions {
  std::uint16_t port = 8080;  // of the bot's server; 0: any free one, for the sandbox as well
  std::string state_dir = "./var/demo";
  std::string chat = "mattermost";  // slack or both: in which half of the sandbox the bot lives
};

class Demo {
 public:
  explicit Demo(DemoOptions options);
  ~Demo();  // stop()

  // Returns when all of it is up and the bot is in its chat.
  Result<void> start(const std::function<void(const std::string&)>& progress);
  void reload();             // rules and configuration, as SIGHUP does; problems go to the log
  void stop();               // twice-safe
  Json json() const;         // what `demo --json` prints
  std::string text() const;  // what a person reads: addresses and a ready curl line

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::app
