// Short-lived permissions that come with an interaction: to open one window (a trigger id, three
// seconds), and to answer where it happened (a response URL, five times in half an hour).
#pragma once
#include <map>
#include <string>

#include "adapters/sandbox/ids.h"
#include "adapters/sandbox/model.h"

namespace countersign::adapters::sandbox::slack {

class Triggers {
 public:
  static constexpr Millis kLife = 3'000;

  std::string make(Ids& ids, const std::string& user_id, Millis now);
  // For whom, or an error code of views.open in `refusal`.
  std::string redeem(const std::string& trigger, Millis now, std::string& refusal);

 private:
  struct Made {
    std::string user_id;
    Millis at = 0;
    bool used = false;
  };
  std::map<std::string, Made> made_;
  int count_ = 0;
};

// Where an answer goes.
struct Reply {
  std::string user_id, channel_id, thread_ts;
  std::string original_ts;  // the message that was clicked; "" for a command
  Millis at = 0;
  int left = 5;
};

class ResponseUrls {
 public:
  static constexpr Millis kLife = 30 * 60'000;

  std::string make(Ids& ids, Reply reply);  // the secret end of the address
  // Counts as one use. Null: `refusal` says why.
  const Reply* use(const std::string& secret, Millis now, std::string& refusal);

 private:
  std::map<std::string, Reply> made_;
};

}  // namespace countersign::adapters::sandbox::slack
