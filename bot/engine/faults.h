// Named places where a test may end or stop this process: COUNTERSIGN_CRASH_AT names the one where
// it ends as if by SIGKILL, COUNTERSIGN_PAUSE_AT the one where it stops, once, until a SIGCONT
// comes. COUNTERSIGN_CRASH_AFTER and COUNTERSIGN_PAUSE_AFTER let so many passes live. Without the
// variables a crash point costs one comparison.
#pragma once
#include <string_view>

namespace countersign::engine {

void crash_point(std::string_view name);

}  // namespace countersign::engine
