// Private to this room: what a request's header must look like beyond what Beast checks (T10).
// Pure.
#pragma once
#include <string>
#include <string_view>

#include "adapters/net/http.h"

namespace countersign::net {

// An empty string, or what is wrong in one line. `raw` is the header up to and including the blank
// line: no bare line feeds, no folded lines, no blank before a colon, no control characters.
std::string flaw_of_bytes(std::string_view raw);

// The same for the parsed fields: one Host (HTTP/1.1), one Content-Length of digits,
// Transfer-Encoding only as a single "chunked", never both.
std::string flaw_of_fields(const Headers& headers, bool http_1_1);

// Whether a comma separated header value holds this token, compared without case.
bool has_token(std::string_view value, std::string_view token);

std::string_view reason_phrase(int status);

}  // namespace countersign::net
