// Text as Mattermost's Markdown shows it. Pure. Whatever a stranger wrote comes out as the letters
// he wrote: no mention, no link, no picture, no markup (T43). Only what could mean something is
// touched, so that names stay searchable.
#pragma once
#include <string>
#include <string_view>

namespace countersign::adapters::mattermost {

// One line of text. `line_start`: nothing but our own markup stands before it, so lists, headings,
// quotes and code blocks are undone as well. Line breaks become blanks.
std::string escape(std::string_view text, bool line_start);

// An inline code span that the text cannot end.
std::string code_span(std::string_view text);

// A fenced block that the text cannot end.
std::string code_block(std::string_view text);

std::size_t code_points(std::string_view utf8);
std::string first_code_points(std::string_view text, std::size_t count);

// Visible as core::make_visible() makes it, and never more than `limit` code points, the mark of
// the cut included.
std::string shortened(std::string_view text, std::size_t limit);

}  // namespace countersign::adapters::mattermost
