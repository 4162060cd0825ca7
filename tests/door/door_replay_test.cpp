// What was here before: T2, T3, T5.
#include <mutex>
#include <thread>

#include "tests/door/house.h"

namespace countersign::door {
namespace {

class DoorReplay : public DoorTest {
 protected:
  std::string decisions_of(const std::string& event) {
    return "SELECT string_agg(verdict, ',' ORDER BY verdict) FROM cs.decision WHERE event_id = " +
           event;
  }
};

TEST_F(DoorReplay, T2_a_delivery_sent_a_thousand_times_is_one_event_with_one_decision) {
  const std::string body = R"({"zen":"once"})";
  const std::string bytes = request("/hooks/gh", signed_by_github("t2", body), body, true);
  std::mutex mutex;
  std::map<int, int> statuses;
  std::set<std::string> events;
  std::vector<std::jthread> senders;
  for (int connection = 0; connection < 8; ++connection)
    senders.emplace_back([&] {
      auto socket = door().connect();
      for (int i = 0; i < 125; ++i) {
        socket.send(bytes);
        const Answer answer = read_answer(socket.read_until("}"));
        const std::lock_guard lock(mutex);
        ++statuses[answer.status];
        events.insert(answer.body().is_object() ? answer.body()["event"].dump() : answer.text);
      }
    });
  senders.clear();
  EXPECT_EQ(statuses, (std::map<int, int>{{200, 999}, {202, 1}}));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(door().value("SELECT count(*) FROM cs.event WHERE delivery_id = 't2'"), "1");
  EXPECT_TRUE(door().becomes("SELECT count(*) FROM cs.event_queue", "0"));
  EXPECT_EQ(door().value(decisions_of(*events.begin())), "no_match");
}

TEST_F(DoorReplay,
       T3_a_signed_body_under_another_delivery_id_is_kept_as_a_replay_and_runs_nothing) {
  const std::string body = R"({"zen":"recorded"})";
  const Answer first = door().deliver("gh", signed_by_github("t3-first", body), body);
  ASSERT_EQ(first.status, 202);
  EXPECT_EQ(first.body()["duplicate"], false);
  const Answer second = door().deliver("gh", signed_by_github("t3-second", body), body);
  EXPECT_EQ(second.status, 202);
  EXPECT_EQ(second.body()["duplicate"], true);
  const std::string event = second.body()["event"].dump();
  EXPECT_NE(event, first.body()["event"].dump());
  EXPECT_EQ(door().value("SELECT replay FROM cs.event WHERE event_id = " + event), "true");
  EXPECT_TRUE(door().becomes(decisions_of(event), "replay"));
  EXPECT_EQ(door().value("SELECT count(*) FROM cs.run"), "0");
}

TEST_F(DoorReplay, T5_another_body_under_a_known_id_is_refused_and_kept_as_evidence) {
  const std::string good = R"({"id":"t5","from":"the sender"})";
  const std::string poison = R"({"id":"t5","from":"somebody else"})";
  ASSERT_EQ(door().custom(good).status, 202);
  const Answer answer = door().custom(poison);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.text.find("sender"), std::string::npos);
  EXPECT_EQ(door().custom(good).status, 200) << "the first one is unharmed";
  EXPECT_EQ(door().value("SELECT convert_from(raw, 'UTF8') FROM cs.event WHERE convert_from(raw, "
                         "'UTF8') LIKE '%t5%'"),
            good);
  EXPECT_EQ(door().value("SELECT convert_from(decode(body->>'begins', 'base64'), 'UTF8') FROM "
                         "cs.audit WHERE kind = 'event.conflict'"),
            poison);
}

// Whichever comes first is the event; the other one is refused, every time.
TEST_F(DoorReplay, T5_two_bodies_at_once_under_one_id_leave_one_event) {
  for (int round = 0; round < 20; ++round) {
    const std::string id = "t5-" + std::to_string(round);
    std::array<int, 2> statuses{};
    {
      std::vector<std::jthread> senders;
      for (int i = 0; i < 2; ++i)
        senders.emplace_back([&, i] {
          statuses[static_cast<std::size_t>(i)] =
              door().custom(Json{{"id", id}, {"body", i}}.dump()).status;
        });
    }
    EXPECT_EQ(statuses[0] + statuses[1], 202 + 409) << id;
    EXPECT_EQ(
        door().value("SELECT count(*) FROM cs.event WHERE convert_from(raw, 'UTF8') LIKE '%\"" +
                     id + "\"%'"),
        "1");
  }
}

}  // namespace
}  // namespace countersign::door
