// core::Message as a Mattermost post. Pure.
#pragma once
#include <map>
#include <string>

#include "bot/core/message.h"

namespace countersign::adapters::mattermost {

struct RenderContext {
  std::string callback_url;                  // where clicks go
  std::string client_id;                     // kept in the post, to find it again; may be empty
  std::map<std::string, std::string> names;  // person key to username, as far as known
  bool buttons = true;                       // false: clicks do not reach us
  std::size_t limit = 16383;                 // code points of the message, the server's own
};

struct Rendered {
  std::string message;  // what does not fit is cut, from the preformatted block first
  Json props;           // complete: an update replaces all props, so no buttons means that they go
};

// Buttons that cannot work, or whose contexts are more than the server keeps, are left out, and
// Message::without_buttons stands in their place.
Rendered render(const core::Message& message, const RenderContext& context);

// Text for one person, as a click's private answer.
std::string render_tell(const std::string& text);

}  // namespace countersign::adapters::mattermost
