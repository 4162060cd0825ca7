// Messages of AWS SNS prove themselves by a signature inside the body, made over some of its fields
// with the key of a certificate that AWS publishes. Pure.
//
// Facts: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
#pragma once
#include <string_view>

#include "adapters/webhook/documents.h"
#include "adapters/webhook/proof.h"
#include "bot/core/json.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// The certificate comes from AWS' own host only, over HTTPS, and that is what vouches for it. The
// topic must be one of the source's; the message not older than an hour.
Proof check_sns(const config::Source& source, std::string_view body, core::Instant now,
                const Documents& documents);

// https, and a host of SNS: nothing else that a message names is ever visited (T9).
bool is_sns_address(std::string_view url);

}  // namespace countersign::adapters::webhook
