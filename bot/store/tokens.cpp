#include "bot/store/tokens.h"

namespace countersign::store {
namespace {

Token token_of(const Row& r) {
  return {{r.number("token_id")},
          {r.text("person"), r.text("person_name")},
          r.text("shown"),
          r.text("note"),
          r.instant("created_at"),
          r.instant("expires_at"),
          r.maybe_instant("used_at"),
          r.maybe_instant("revoked_at")};
}

}  // namespace

Token create_token(Tx& tx, const Token& token, const std::string& hash, core::Duration lifetime) {
  const Rows made = tx.exec(stmt::create_token, {token.person.key, token.person.name, hash,
                                                 token.shown, token.note, lifetime});
  return token_of(made[0]);
}

std::optional<Token> use_token(Tx& tx, const std::string& hash) {
  const Rows found = tx.exec(stmt::live_token, {hash});
  if (found.empty()) return std::nullopt;
  if (found[0].flag("note_use")) tx.exec(stmt::note_token_use, {found[0].number("token_id")});
  return token_of(found[0]);
}

std::vector<Token> tokens(Tx& tx, int n) {
  std::vector<Token> out;
  for (const Row r : tx.exec(stmt::all_tokens, {n})) out.push_back(token_of(r));
  return out;
}

std::optional<Token> revoke_token(Tx& tx, TokenId id) {
  const Rows revoked = tx.exec(stmt::revoke_token, {id.value});
  if (revoked.empty()) return std::nullopt;
  return token_of(revoked[0]);
}

}  // namespace countersign::store
