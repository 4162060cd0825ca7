// Structured log lines on stderr: a message and fields. Never a secret, never a body. Level by
// COUNTERSIGN_LOG (debug, info, warning, error; default info). Thread-safe.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace countersign::obs {

using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace countersign::obs
