// Mattermost's identifiers: 26 characters of a-z and 0-9. Tokens look the same.
#pragma once
#include <random>
#include <string>
#include <string_view>

namespace countersign::adapters::sandbox {

bool is_id(std::string_view text);
bool is_name(std::string_view text);  // a username: a-z, 0-9 and . - _, a letter first, at most 64

class Ids {
 public:
  explicit Ids(std::string seed);
  // The same seed and name give the same id, in every process.
  std::string named(std::string_view name) const;
  std::string fresh();  // unguessable enough for a chat that only loopback reaches

 private:
  std::string seed_;
  std::mt19937_64 random_;
};

}  // namespace countersign::adapters::sandbox
