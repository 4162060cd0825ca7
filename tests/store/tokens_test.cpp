// Personal tokens: which are honoured, and that the database holds none (T46).
#include "bot/store/tokens.h"

#include <gtest/gtest.h>

#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using std::chrono::hours;

class Tokens : public samples::StoreTest {
 protected:
  Token create(const std::string& secret, core::Duration lifetime = hours(1)) {
    Token wanted;
    wanted.person = {"mm:u1", "alice"};
    wanted.shown = secret.substr(0, 8);
    wanted.note = "deploys";
    return tx([&](Tx& t) { return create_token(t, wanted, core::sha256_hex(secret), lifetime); });
  }
  std::optional<Token> use(const std::string& secret) {
    return tx([&](Tx& t) { return use_token(t, core::sha256_hex(secret)); });
  }
  void change(const std::string& what) { test_.script("UPDATE cs.token SET " + what); }
};

TEST_F(Tokens, are_known_by_their_hash_and_say_whose_they_are) {
  const auto made = create("cs_0123456789");
  EXPECT_EQ(made.shown, "cs_01234");
  const auto used = use("cs_0123456789");
  ASSERT_TRUE(used);
  EXPECT_EQ(used->id, made.id);
  EXPECT_EQ(used->person, (core::Person{"mm:u1", "alice"}));
  EXPECT_FALSE(use("cs_0123456780"));
}

TEST_F(Tokens, are_kept_as_hashes_only_T46) {
  create("cs_0123456789");
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.token t WHERE t::text LIKE '%cs_0123456789%'"),
            "0");
}

TEST_F(Tokens, end_with_their_time_by_the_database_clock) {
  create("cs_a", hours(1));
  change("created_at = created_at - interval '1 h', expires_at = clock_timestamp()");
  EXPECT_FALSE(use("cs_a"));
}

TEST_F(Tokens, end_when_they_are_revoked_which_happens_once) {
  const auto made = create("cs_a");
  EXPECT_TRUE(tx([&](Tx& t) { return revoke_token(t, made.id); }));
  EXPECT_FALSE(use("cs_a"));
  EXPECT_FALSE(tx([&](Tx& t) { return revoke_token(t, made.id); }));
  EXPECT_TRUE(tx([&](Tx& t) { return tokens(t, 10); }).at(0).revoked_at);
}

TEST_F(Tokens, last_a_year_at_most) {
  EXPECT_NO_THROW(create("cs_a", hours(24 * 365)));
  EXPECT_THROW(create("cs_b", hours(24 * 366)), StoreError);
}

TEST_F(Tokens, note_their_use_once_a_minute_at_most) {
  create("cs_a");
  use("cs_a");
  const auto first = test_.value("SELECT used_at FROM cs.token");
  EXPECT_FALSE(first.empty());
  use("cs_a");
  EXPECT_EQ(test_.value("SELECT used_at FROM cs.token"), first);
  change("used_at = used_at - interval '1 minute'");
  use("cs_a");
  EXPECT_EQ(test_.value("SELECT (used_at >= '" + first + "')::text FROM cs.token"), "true");
}

}  // namespace
}  // namespace countersign::store
