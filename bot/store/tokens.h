// Personal tokens: by which a person votes and cancels over HTTP. A token itself is never stored,
// only its sha256 and how it begins (T46).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/ids.h"
#include "bot/core/instant.h"
#include "bot/store/pg.h"

namespace countersign::store {

using TokenId = core::Id<struct TokenTag>;

struct Token {
  TokenId id;
  core::Person person;
  std::string shown;  // its first characters
  std::string note;   // what it is for; may be empty
  core::Instant created_at{};
  core::Instant expires_at{};
  std::optional<core::Instant> used_at;  // the last time, to the minute
  std::optional<core::Instant> revoked_at;
};

// Takes person, shown and note of `token`; `hash` is 64 hex digits. Lifetimes beyond a year are
// refused by the database.
Token create_token(Tx& tx, const Token& token, const std::string& hash, core::Duration lifetime);
// The token with this hash, unless it has expired or was revoked; its use is noted.
std::optional<Token> use_token(Tx& tx, const std::string& hash);
std::vector<Token> tokens(Tx& tx, int n);  // newest first, also those that are over
// Nothing: there is none, or it was revoked before.
std::optional<Token> revoke_token(Tx& tx, TokenId id);

}  // namespace countersign::store
