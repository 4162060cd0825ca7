// Identifiers as the two services have them. Mattermost's: 26 characters of a-z and 0-9; tokens
// look the same. Slack's: a letter for the kind of thing, then ten of A-Z and 0-9.
#pragma once
#include <random>
#include <string>
#include <string_view>

namespace countersign::adapters::sandbox {

enum class IdStyle { mattermost, slack };

bool is_id(std::string_view text);    // of Mattermost
bool is_name(std::string_view text);  // a username: a-z, 0-9 and . - _, a letter first, at most 64

class Ids {
 public:
  explicit Ids(std::string seed, IdStyle style = IdStyle::mattermost);
  // The same seed and name give the same id, in every process. The first word of the name is the
  // kind of thing: "user alice".
  std::string named(std::string_view name) const;
  std::string fresh();  // unguessable enough for a chat that only loopback reaches
  std::string fresh(std::string_view kind);
  std::string uuid();
  bool valid(std::string_view id) const;  // whether an id in a request can be one at all
  IdStyle style() const { return style_; }

 private:
  std::string seed_;
  IdStyle style_;
  std::mt19937_64 random_;
};

}  // namespace countersign::adapters::sandbox
