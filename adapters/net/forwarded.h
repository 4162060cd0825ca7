// Who sent a request that came through proxies. Pure.
#pragma once
#include <string>
#include <vector>

#include "adapters/net/http.h"
#include "bot/core/cidr.h"

namespace countersign::net {

// The right-most address of X-Forwarded-For that is no trusted proxy, if `peer` is one itself;
// otherwise `peer`: what a stranger writes into that header is worth nothing. An entry that is no
// address ends the search, and the proxy that passed it on counts as the sender.
std::string sender_of(const std::string& peer, const Headers& headers,
                      const std::vector<core::Cidr>& trusted);

}  // namespace countersign::net
