// Named places where a test may kill this process: the environment variable COUNTERSIGN_CRASH_AT
// names one, and the process ends there as if by SIGKILL. Without the variable a crash point costs
// one comparison. COUNTERSIGN_CRASH_AFTER=n lets the first n passes live.
#pragma once
#include <string_view>

namespace countersign::engine {

void crash_point(std::string_view name);

}  // namespace countersign::engine
