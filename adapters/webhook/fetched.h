// Documents from elsewhere, fetched by a thread of its own and remembered for an hour. Thread-safe.
//
// Whoever asks is a stranger: so few are fetched at once, few are remembered, and an address that
// did not answer is left alone for a while.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/webhook/documents.h"
#include "bot/core/result.h"

namespace countersign::adapters::webhook {

class Fetched : public Documents {
 public:
  // Blocking; what stands at an address, or why not.
  using Get = std::function<Result<std::string>(const std::string& url, std::stop_token stop)>;
  using Now = std::function<core::Instant()>;
  Fetched(Get get, Now now);
  ~Fetched() override;  // whoever waits is told that there is nothing

  std::optional<Document> find(const std::string& url) const override;
  // Fetches it, also if it is known; `then` hears from the thread whether it is there now, or at
  // once that too many wait already.
  void fetch(const std::string& url, std::function<void(bool)> then);
  // Goes there once and remembers nothing but a log line.
  void visit(const std::string& url);

 private:
  struct Errand {
    std::string url;
    std::function<void(bool)> then;  // none: a visit
  };
  struct Known {
    Document document;
    bool there = false;
  };
  void add(Errand errand);
  void run(const std::stop_token& stop);
  void carry_out(const Errand& errand, const std::stop_token& stop);
  bool look(const std::string& url, const std::stop_token& stop);

  const Get get_;
  const Now now_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Errand> errands_;          // guarded by mutex_
  std::map<std::string, Known> known_;  // guarded by mutex_
  std::jthread thread_;                 // last: it uses all of the above
};

// The real one: HTTP without redirects, ten seconds, 256 kB.
Fetched::Get over_http();

}  // namespace countersign::adapters::webhook
