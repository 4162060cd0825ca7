// Questions to whoever sits at the terminal.
#pragma once
#include <string>

namespace countersign::app {

bool at_terminal();  // somebody can be asked
// The line that is typed; empty at the end of the input.
std::string ask(const std::string& question);
std::string ask_hidden(const std::string& question);  // what is typed is not shown

}  // namespace countersign::app
