#include "adapters/sandbox/trigger.h"

#include <charconv>
#include <vector>

#include "adapters/sandbox/refusal.h"
#include "bot/core/digest.h"

namespace countersign::adapters::sandbox {
namespace {

std::string signed_part(const Trigger& trigger, const std::string& time) {
  return trigger.id + ":" + trigger.user_id + ":" + time;
}

std::string signature(const std::string& part, const std::string& key) {
  return core::base64(core::hmac(core::HashAlgorithm::sha256, key, part));
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at = text.find(':'); at != text.npos; at = text.find(':', from)) {
    parts.push_back(text.substr(from, at - from));
    from = at + 1;
  }
  parts.push_back(text.substr(from));
  return parts;
}

}  // namespace

std::string sign_trigger(const Trigger& trigger, const std::string& key, Millis now) {
  const std::string part = signed_part(trigger, std::to_string(now));
  return core::base64(part + ":" + signature(part, key));
}

Trigger open_trigger(const std::string& text, const std::string& key, Millis now) {
  const std::vector<std::string> parts = split(core::unbase64(text).value_or(""));
  if (parts.size() != 4) {
    throw Refusal{400, "interactive_message.decode_trigger_id.missing_data",
                  "Trigger ID missing required data for interactive dialog.", ""};
  }
  Millis made_at = 0;
  std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), made_at);
  if (now - made_at > kTriggerLife) {
    throw Refusal{
        400, "interactive_message.decode_trigger_id.expired",
        "Trigger ID for interactive dialog is expired. Trigger IDs live for a maximum of 3 "
        "seconds.",
        ""};
  }
  Trigger trigger{parts[0], parts[1]};
  if (!core::same_secret(signature(signed_part(trigger, parts[2]), key), parts[3])) {
    throw Refusal{400, "interactive_message.decode_trigger_id.verify_signature_failed",
                  "Signature verification failed of trigger ID for interactive dialog.", ""};
  }
  return trigger;
}

}  // namespace countersign::adapters::sandbox
