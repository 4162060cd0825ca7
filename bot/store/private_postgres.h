// A PostgreSQL of our own, for people who have none to offer: initdb on first use, Unix socket only, an unprivileged user when
// started by root, stopped with us, and started again over its data whatever was killed before.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "bot/core/result.h"

namespace countersign::store {

struct PrivatePostgresOptions {
  std::string state_dir;                              // data, socket and log live below it
  std::function<void(const std::string&)> progress;   // "creating the database ...", for a person waiting; may be empty
};

class PrivatePostgres {
 public:
  // Blocks until the server accepts connections. Errors say what to install or mend. Only one process may hold a
  // state directory; a second one is told the holder's pid.
  static Result<std::unique_ptr<PrivatePostgres>> start(PrivatePostgresOptions options);
  ~PrivatePostgres();                                 // stop()
  const std::string& url() const;                     // postgresql:///countersign?host=/...&user=...
  void stop();                                        // fast shutdown, waits; twice-safe

  struct Impl;
  explicit PrivatePostgres(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::store
