// The address of something to connect to, taken apart. User info is refused: credentials belong
// into headers.
#pragma once
#include <string>
#include <string_view>

#include "bot/core/result.h"

namespace countersign::net {

struct Url {
  std::string scheme;     // lower case, e.g. "https"
  std::string host;       // without the brackets of an IPv6 address
  std::string port;       // digits; the scheme's default if none was given
  std::string authority;  // as a Host header has it: without the default port
  std::string target;     // path and query, at least "/"
  bool secure() const { return scheme == "https" || scheme == "wss"; }
};

// Takes http, https, ws and wss. The Error does not repeat the text: it may hold a secret.
Result<Url> parse_url(std::string_view text);

// Whether every name and value can stand in a header line (no line breaks, no NUL; names are
// tokens).
bool sendable(std::string_view header_name, std::string_view header_value);

}  // namespace countersign::net
