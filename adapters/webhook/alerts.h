// One Alertmanager message (webhook format "4") is a group of alerts; each alert is an event of its
// own. Pure.
#pragma once
#include <string>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::adapters::webhook {

struct Alert {
  std::string fingerprint;  // the sender's, or one derived from the labels
  std::string starts_at;
  std::string status;  // "firing" or "resolved"
  std::string
      identity_hash;  // over labels, start and status: annotations change from repeat to repeat
  std::string raw;    // the whole message; for very large groups this alert's part of it
  Json body;          // the alert with what it shares with its group
};

// An Error of kind invalid: not such a message; refused: so much is shared by so many alerts that
// the copies would not fit.
Result<std::vector<Alert>> split_alerts(const Json& message, const std::string& raw);

}  // namespace countersign::adapters::webhook
