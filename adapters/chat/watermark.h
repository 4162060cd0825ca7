// Up to which moment of a chat everything heard was handed in for good, although it is heard and
// taken in any order. Thread-safe.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>

namespace countersign::adapters::chat {

// Times are the chat server's, in whatever unit it counts.
class Watermark {
 public:
  // Something of this moment was heard and is not taken yet; each begin has its end.
  void begin(std::int64_t at);
  void end(std::int64_t at);
  // Everything up to this moment was heard.
  void reached(std::int64_t at);
  // Everything up to this moment was heard and taken; nothing before the first reached().
  std::optional<std::int64_t> certain() const;

 private:
  mutable std::mutex mutex_;
  std::multiset<std::int64_t> under_way_;  // guarded by mutex_
  std::optional<std::int64_t> reached_;    // guarded by mutex_
};

}  // namespace countersign::adapters::chat
