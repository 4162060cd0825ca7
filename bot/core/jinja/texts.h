// Work on plain text that methods and filters share.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

// At most `most` cuts; negative: any number.
std::vector<std::string> split_at(std::string_view text, std::string_view separator,
                                  std::int64_t most);
std::vector<std::string> split_at_blanks(std::string_view text, std::int64_t most);
std::vector<std::string> split_lines(std::string_view text, bool keep_ends = false);

// Without the letters at the ends; null: without blanks.
std::string stripped(const std::string& text, const std::string* letters, bool left, bool right);

// Linear in the texts. npos if there is none.
std::size_t find_first(Rendering& r, std::string_view text, std::string_view part,
                       std::size_t from);
std::size_t find_last(Rendering& r, std::string_view text, std::string_view part);
// As Python's replace(), also for an empty `from`.
std::string replaced(Rendering& r, const std::string& text, const std::string& from,
                     const std::string& by, std::int64_t most);

std::string capitalized(const std::string& text);
bool is_upper(std::string_view text);
bool is_lower(std::string_view text);
// Does the whole of a text, which is not empty, consist of letters of this Unicode class?
// "\\p{L}" and the like, as RE2 writes them.
bool consists_of(std::string_view text, const char* classes);

}  // namespace countersign::core::jinja
