// Lines as Slack's rich text. Pure. Slack shows a text element letter by letter: whatever a
// stranger wrote stays what it is, without mention, link, emoji or markup (T43), and copies as it
// was written.
#pragma once
#include <string>

#include "bot/core/json.h"
#include "bot/core/message.h"

namespace countersign::adapters::slack {

// The elements of one line, at most `limit` characters of text. `chat`: whose people can be
// mentioned.
Json rich_elements(const core::Line& line, const std::string& chat, std::size_t limit,
                   bool all_bold = false);

Json rich_section(Json elements);
Json rich_preformatted(const std::string& text);
Json rich_text_element(const std::string& text, bool bold = false, bool code = false);

// Text that Slack shows letter by letter on one line or in a window; never empty, as Slack wants.
Json plain_object(const std::string& text, std::size_t limit);

// Small print, where Slack takes no rich text: plain objects for what may be a stranger's, mrkdwn
// for our own tokens. Empty if there is nothing to show.
Json context_elements(const core::Line& line, const std::string& chat);

// The user id of a person key of this chat; empty for others.
std::string user_id_of(const std::string& key, const std::string& chat);

}  // namespace countersign::adapters::slack
