// The wire between a bot and its chat: a relay for TCP on loopback that fails on demand.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace countersign::contract {

class Line {
 public:
  explicit Line(std::uint16_t to);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  std::uint16_t port() const { return port_; }
  void cut();                // ends what is open
  void set_down(bool down);  // and what is opened ends at once, until it is up again
  // The next request that begins with one of these gets through, and its answer does not.
  void lose_answer(std::vector<std::string> beginnings);
  // Waits, with a deadline.
  void wait_for_refused(int connections);  // since it is down
  void wait_for_requests(const std::string& beginning, int count);

 private:
  struct Pair;
  void run();
  void take();
  void pump(Pair& pair, bool from_client);
  void begin(Pair& pair, const std::string& request);

  const std::uint16_t to_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int wake_ = -1;
  std::atomic<bool> down_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Pair>> pairs_;  // changed by the thread only, and with mutex_ held
  std::vector<std::string> losing_;           // guarded by mutex_
  std::vector<std::string> requests_;         // guarded by mutex_; first lines
  int refused_ = 0;                           // guarded by mutex_
  std::thread thread_;
};

}  // namespace countersign::contract
