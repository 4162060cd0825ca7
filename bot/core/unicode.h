// UTF-8 and letter case, independent of any locale.
#pragma once
#include <string>
#include <string_view>

namespace countersign::core {

// A byte that is not part of valid UTF-8 stands for itself, so nothing is lost on the way back.
std::u32string to_code_points(std::string_view utf8);
std::string to_utf8(std::u32string_view code_points);
void append_utf8(std::string& out, char32_t code_point);

// As Python's lower() and upper(): one letter to one letter, and the special forms of dotted I,
// final sigma and sharp s.
std::string to_lower(std::string_view utf8);
std::string to_upper(std::string_view utf8);

// White space as Python's strip() sees it.
bool is_blank(char32_t code_point);
std::string_view trim(std::string_view utf8);  // ASCII blanks only

}  // namespace countersign::core
