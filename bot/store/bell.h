// Wakes the other replicas through the database, beside the transactions that give them something to do: a NOTIFY inside one would
// hold a lock of the whole cluster until that commit is on disk. Best effort: what is lost costs one polling interval.
#pragma once
#include <functional>
#include <memory>
#include <string>

namespace countersign::store {

class Bell {
 public:
  // `heard` is called with what others rang, on a thread of the bell's. Connects by itself, and again whenever it has to.
  Bell(std::string url, std::string replica, std::function<void(const std::string& what)> heard);
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  // Never blocks, from any thread. `what` is a word. Several rings within some 50 ms become one notification; none is sent as
  // long as no other replica is alive.
  void ring(const std::string& what);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::store
