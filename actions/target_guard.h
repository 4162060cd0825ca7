// Where an HTTP action may go (T27). A name is resolved once; every address it has must be
// harmless, and the call goes to exactly the address that was looked at, so a name that changes its
// answer meanwhile gains nothing.
#pragma once
#include <string>

#include "bot/core/result.h"

struct sockaddr;

namespace countersign::actions {

// The numeric address to connect to. Refused: other schemes than http and https, user info in the
// address, and names that lead to this host, to link-local addresses (clouds keep their metadata
// there), to multicast or to nowhere.
Result<std::string> allowed_address(const std::string& url, bool allow_loopback);

// One address, IPv4 or IPv6; an IPv4 address inside an IPv6 one is judged as what it is.
bool harmless(const sockaddr& address, bool allow_loopback);

}  // namespace countersign::actions
