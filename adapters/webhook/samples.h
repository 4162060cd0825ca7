// One delivery of each kind of sender, as an example: what `countersign webhook sign` sends.
#pragma once
#include <string>
#include <string_view>

#include "adapters/net/http.h"

namespace countersign::adapters::webhook {

struct Sample {
  net::Headers headers;  // without any proof
  std::string body;
};

// Every kind of source has one.
Sample sample_of(std::string_view kind);

}  // namespace countersign::adapters::webhook
