// The header of an answer. Pure. Private to this room.
#pragma once
#include <string>

#include "adapters/net/http.h"

namespace countersign::net {

// Up to and including the blank line. Headers that cannot stand in one line are left out.
std::string head_of(const HttpResponse& response, bool keep_alive);

bool bodiless(int status);

// What the server says by itself; the reason is one line.
HttpResponse refusal(int status, const std::string& why);

}  // namespace countersign::net
