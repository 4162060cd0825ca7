// The header of a request, read strictly (T10). Pure. Private to this room.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/net/http.h"
#include "bot/core/result.h"

namespace countersign::net {

struct RequestHead {
  HttpRequest request;  // without body and peer
  bool keep_alive = false;
  bool chunked = false;
  std::uint64_t length = 0;  // Content-Length; 0 without one
};

// `raw` is the header up to and including the blank line. The Error (invalid) says in one line what
// is wrong: anything two readers could understand differently is. No bare line breaks, folded
// lines, blanks around a name or control characters; one Host (HTTP/1.1), one Content-Length of
// digits; Transfer-Encoding only as a single "chunked" in HTTP/1.1; never both.
Result<RequestHead> read_head(std::string_view raw);

// Whether a comma separated header value holds this token, compared without case.
bool has_token(std::string_view value, std::string_view token);

}  // namespace countersign::net
