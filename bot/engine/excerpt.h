// The part of a long text that fits a phone's screen below the facts; the whole goes along as a
// file.
#pragma once
#include <optional>
#include <string>

#include "bot/core/message.h"
#include "bot/core/run.h"

namespace countersign::engine {

// The first lines of a text: what a plan is about.
std::string beginning(const std::string& text);
// The last lines: what an output came to.
std::string ending(const std::string& text);
// "R12-output.txt", if the text is too long to be shown.
std::optional<core::File> file_if_long(const core::Run& run, const char* what,
                                       const std::string& text);

}  // namespace countersign::engine
