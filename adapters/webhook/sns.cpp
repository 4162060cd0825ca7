#include "adapters/webhook/sns.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "adapters/webhook/fields.h"
#include "bot/core/digest.h"
#include "bot/core/json_guard.h"
#include "bot/core/public_key.h"

namespace countersign::adapters::webhook {
namespace {

constexpr std::chrono::hours kTolerance{1};

// Name and value of each, a line each, in this order; a subject only if there is one.
std::string signed_text(const Json& message) {
  constexpr std::array kNotification{"Message",   "MessageId", "Subject",
                                     "Timestamp", "TopicArn",  "Type"};
  constexpr std::array kConfirmation{"Message", "MessageId", "SubscribeURL", "Timestamp",
                                     "Token",   "TopicArn",  "Type"};
  std::string text;
  const auto add = [&](const char* name) {
    if (const auto found = message.find(name); found == message.end() || found->is_null()) return;
    text.append(name).append("\n").append(text_at(message, name)).append("\n");
  };
  if (text_at(message, "Type") == "Notification") {
    std::ranges::for_each(kNotification, add);
  } else {
    std::ranges::for_each(kConfirmation, add);
  }
  return text;
}

std::optional<core::HashAlgorithm> algorithm_of(const Json& message, bool sha1) {
  const std::string version = text_at(message, "SignatureVersion");
  if (version == "2") return core::HashAlgorithm::sha256;
  if (version == "1" && sha1) return core::HashAlgorithm::sha1;
  return std::nullopt;
}

bool is_certificate_address(const std::string& url) {
  static const re2::RE2 file(R"(https://[^/]+/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem)");
  return is_sns_address(url) && re2::RE2::FullMatch(url, file);
}

}  // namespace

bool is_sns_address(std::string_view url) {
  constexpr std::size_t kMostLength = 2'000;
  static const re2::RE2 form(R"(https://sns\.[a-z0-9-]{2,40}\.amazonaws\.com(\.cn)?/[!-~]*)");
  return url.size() <= kMostLength &&
         re2::RE2::FullMatch(re2::StringPiece(url.data(), url.size()), form);
}

Proof check_sns(const config::Source& source, std::string_view body, core::Instant now,
                const Documents& documents) {
  const auto reading = core::read_json(body);
  if (!reading.value.is_object()) return disproved("no envelope of SNS");
  const Json& message = reading.value;
  const auto signature = core::unbase64(text_at(message, "Signature"));
  const std::string certificate = text_at(message, "SigningCertURL");
  const auto algorithm = algorithm_of(message, source.sha1);
  if (!signature || signature->empty()) return disproved("no signature");
  if (!algorithm) return disproved("a version of signature that does not count here");
  if (!is_certificate_address(certificate)) return disproved("a certificate from elsewhere");
  if (std::ranges::find(source.sns->topics, text_at(message, "TopicArn")) ==
      source.sns->topics.end())
    return disproved("another topic");
  const auto sent = core::parse_instant(text_at(message, "Timestamp"));
  if (!sent || *sent > now + kTolerance || *sent < now - kTolerance)
    return disproved("the signed time is too far from now");
  const auto found = documents.find(certificate);
  if (!found) return wants(certificate);
  return core::certificate_signed(found->text, now, *algorithm, signed_text(message), *signature)
             ? proven(certificate.substr(certificate.rfind('/') + 1))
             : disproved("the signature does not fit");
}

}  // namespace countersign::adapters::webhook
