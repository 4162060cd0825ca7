// Slack's markup, in and out. Pure.
//
// What a stranger wrote is never sent as markup: messages are made of rich text and plain_text
// objects, which Slack shows letter by letter (see rich_text.h), so `*`, `_`, `~`, backticks and
// `:emoji:` need no escape, which mrkdwn does not have. Only the `text` beside the blocks, which
// notifications show, and the few tokens of our own (a date, a mention) are mrkdwn.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace countersign::adapters::slack {

// The three characters that mrkdwn escapes: no mention, channel, link or date can come of it.
std::string escape(std::string_view text);

// The name to show for a user id, without "@".
using NameOf = std::function<std::string(const std::string& user_id)>;

// What the writer saw: tokens in angle brackets become their labels or names, entities are undone
// once.
std::string plain_text(std::string_view markup, const NameOf& name_of);

// For commands: quotes and dashes as phones curl them, back to what a keyboard has.
std::string straightened(std::string_view text);

}  // namespace countersign::adapters::slack
