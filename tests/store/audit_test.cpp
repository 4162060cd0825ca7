#include "bot/store/audit.h"

#include <gtest/gtest.h>

#include "tests/store/samples.h"

namespace countersign::store {
namespace {

class Audit : public samples::StoreTest {
 protected:
  void write(const std::string& kind, const std::string& trace = "t") {
    tx([&](Tx& t) {
      add_audit(t, {"mm:alice", kind, "run:1", samples::correlation(trace), {{"k", kind}}, {}});
    });
  }
  bool seal() {
    return tx([](Tx& t) { return seal_audit(t); });
  }
  std::vector<std::string> problems() {
    std::vector<std::string> found;
    for (const auto& p : tx([](Tx& t) { return verify_audit(t); })) found.push_back(p.what);
    return found;
  }
};

TEST_F(Audit, tells_the_story_of_a_trace_in_order) {
  write("first");
  write("elsewhere", "other");
  write("second");
  const auto story = tx([](Tx& t) { return audit_of_correlation(t, samples::correlation("t")); });
  ASSERT_EQ(story.size(), 2u);
  EXPECT_EQ(story[0].kind, "first");
  EXPECT_EQ(story[1].kind, "second");
  EXPECT_EQ(story[1].body["k"], "second");
  EXPECT_LE(story[0].at, story[1].at);
}

// I17, T49
TEST_F(Audit, shows_every_change_to_sealed_rows) {
  write("one");
  EXPECT_TRUE(seal());
  write("two");
  write("three");
  EXPECT_TRUE(seal());
  EXPECT_FALSE(seal()) << "nothing new";
  EXPECT_TRUE(problems().empty());
  struct Tampering {
    std::string sql, found;
  };
  const Tampering attempts[] = {
      {"UPDATE cs.audit SET actor = 'mallory' WHERE kind = 'two'", "rows were changed"},
      {"DELETE FROM cs.audit WHERE kind = 'three'", "rows were removed or added"},
      {"INSERT INTO cs.audit (xid, actor, kind, ref) SELECT xid, 'x', 'x', 'x' FROM cs.audit WHERE "
       "kind = 'one'",
       "rows were removed or added"},
      {"UPDATE cs.audit_seal SET seal = sha256('x') WHERE seal_no = 2", "the seal was changed"},
      {"DELETE FROM cs.audit_seal WHERE seal_no = 1", "the chain is broken"},
  };
  for (const auto& [sql, found] : attempts) {
    struct Undo {};
    try {
      tx([&](Tx& t) {
        t.script(sql);
        const auto seen = verify_audit(t);
        EXPECT_EQ(seen.empty() ? "nothing" : seen[0].what, found) << sql;
        throw Undo();
      });
    } catch (const Undo&) {
    }
  }
  EXPECT_TRUE(problems().empty());
}

// I17: rows of a transaction that is still open are left for a later seal.
TEST_F(Audit, seals_only_what_can_no_longer_grow) {
  tx([&](Tx& t) {
    add_audit(t, {"a", "early", "r", {}, {}, {}});
    write("late");
    seal();
    add_audit(t, {"a", "early too", "r", {}, {}, {}});
  });
  EXPECT_TRUE(problems().empty());
  EXPECT_TRUE(seal());
  EXPECT_TRUE(problems().empty());
  EXPECT_EQ(test_.value("SELECT sum(row_count) FROM cs.audit_seal"), "3");
}

TEST_F(Audit, survives_the_move_into_partitions) {
  write("one");
  seal();
  tx([](Tx& t) { upkeep(t); });
  write("two");
  seal();
  EXPECT_TRUE(problems().empty());
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.audit_default"), "0");
}

TEST_F(Audit, settings_keep_what_the_first_writer_wrote) {
  EXPECT_EQ(tx([](Tx& t) { return setting(t, "secret", "one"); }), "one");
  EXPECT_EQ(tx([](Tx& t) { return setting(t, "secret", "two"); }), "one");
  tx([](Tx& t) { set_setting(t, "secret", "three"); });
  EXPECT_EQ(tx([](Tx& t) { return setting(t, "secret", "two"); }), "three");
}

}  // namespace
}  // namespace countersign::store
