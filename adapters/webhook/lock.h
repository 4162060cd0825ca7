// Is this delivery from who it claims to be? Pure: looks at raw bytes and headers only.
#pragma once
#include <vector>

#include "bot/core/cidr.h"
#include "adapters/net/http.h"
#include "adapters/webhook/documents.h"
#include "adapters/webhook/proof.h"
#include "config/settings.h"

namespace countersign::adapters::webhook {

// Everything the source asks for has to be shown: the address, a token, a signature. A source that
// asks for nothing lets nobody in. A refusal takes the work of a good delivery (T1), except that
// tokens of others' keys, which are dear, are only looked at where they are asked for.
class Lock {
 public:
  explicit Lock(const config::Source& source);
  Proof check(const config::Source& source, const net::HttpRequest& request, core::Instant now,
              const Documents& documents) const;

 private:
  std::vector<core::Cidr> allowed_;
};

}  // namespace countersign::adapters::webhook
