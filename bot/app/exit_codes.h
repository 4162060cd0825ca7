// Exit codes of the program (product contract).
#pragma once

namespace countersign::app {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;       // the thing asked for failed or was refused
inline constexpr int kUsage = 2;        // wrong usage or configuration
inline constexpr int kUnreachable = 3;  // database or chat could not be reached

}  // namespace countersign::app
