// The state directory: where this installation keeps who it is. One process holds it at a time.
#pragma once
#include <string>

#include "bot/core/ports/services.h"
#include "bot/core/result.h"

namespace countersign::app {

class StateDir {
 public:
  // Creates the directory if needed and locks it; an Error names the process that holds it.
  static Result<StateDir> open(const std::string& path, core::IdSource& ids);
  StateDir(StateDir&& other) noexcept;
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;
  ~StateDir();

  // A uuid that stays the same over restarts. Because the directory is locked, leases under this
  // name that are found at start belong to nobody who lives.
  const std::string& replica() const { return replica_; }
  // Leaves the address of a private database where the command line finds it.
  void note_database(const std::string& url) const;
  // That address, or empty.
  static std::string noted_database(const std::string& path);

 private:
  StateDir(std::string path, int lock, std::string replica)
      : path_(std::move(path)), lock_(lock), replica_(std::move(replica)) {}
  std::string path_;
  int lock_ = -1;
  std::string replica_;
};

}  // namespace countersign::app
