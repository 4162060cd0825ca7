// The composition root: builds the parts, starts them, stops them in order. The only class that
// knows everyone.
//
// Start: state directory, database (private if none is configured), HTTP server; then, as soon as
// the database answers, migrations, the engine and the chats. Until then the door answers 503 and
// /readyz says what is missing. Stop: the doors first, then nothing new is claimed and the chats
// are handed over, then what is under way ends, and the database last.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "bot/core/result.h"
#include "bot/engine/snapshot.h"

namespace countersign::app {

class App {
 public:
  // The snapshot must be free of errors.
  explicit App(std::shared_ptr<const engine::Snapshot> snapshot);
  ~App();  // stop()
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Returns once the HTTP server listens; an Error (unavailable) says what cannot be had and how to
  // mend it.
  Result<void> start(const std::function<void(const std::string&)>& progress);
  // True once the engine runs and every chat is connected; false when `patience` ends first.
  bool wait_ready(std::chrono::milliseconds patience);
  // What is not ready, by part ("database", "chat mm"), with the reason.
  std::map<std::string, std::string> missing() const;

  // Takes the configuration and packs anew; with errors the last good set stays in force. The
  // problems are returned either way.
  config::Problems reload();
  // Actions under way may finish for so long, then they are stopped. Twice-safe.
  void stop(std::chrono::milliseconds grace = {});
  void hurry();  // from another thread: the grace is over

  std::uint16_t port() const;
  const std::string& database_url() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::app
