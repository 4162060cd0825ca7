#pragma once
#include <cstdint>

namespace countersign::app {

// A port of 127.0.0.1 that nobody listens on at this moment; 0 if there is none. Somebody else may
// take it before it is used.
std::uint16_t free_port();

}  // namespace countersign::app
