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
};

struct Rendered {
  std::string message;  // at most 16383 code points; what does not fit is cut, from the
                        // preformatted block first
  Json props;           // complete: an update replaces all props, so no buttons means that they go
};

Rendered render(const core::Message& message, const RenderContext& context);

// Text for one person, as a click's private answer.
std::string render_tell(const std::string& text);

}  // namespace countersign::adapters::mattermost
