// multipart/form-data bodies, as browsers and clients send files.
#pragma once
#include <string>
#include <vector>

#include "adapters/net/http.h"

namespace countersign::adapters::sandbox {

struct Part {
  std::string name, filename, type, bytes;
};

// Lenient about what surrounds the parts, strict about where they end: at a mark on a line of its
// own. Throws a Refusal if the request is none.
std::vector<Part> read_multipart(const net::HttpRequest& request);

}  // namespace countersign::adapters::sandbox
