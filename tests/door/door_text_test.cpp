// Text, times and floods of keys in good deliveries: T17, T19 to T21. What the chat makes of them
// is in tests/engine; here they come in through the door.
#include "tests/door/house.h"

namespace countersign::door {
namespace {

Json alert(const std::string& instance, const std::string& starts, Json labels = Json::object()) {
  labels["instance"] = instance;
  return {{"status", "firing"},
          {"labels", labels},
          {"annotations", Json::object()},
          {"startsAt", starts},
          {"endsAt", "0001-01-01T00:00:00Z"},
          {"generatorURL", ""},
          {"fingerprint", instance}};
}

Json group(const Json& alerts) {
  return {{"version", "4"},
          {"status", "firing"},
          {"receiver", "r"},
          {"groupKey", "{}"},
          {"groupLabels", Json::object()},
          {"commonLabels", Json::object()},
          {"commonAnnotations", Json::object()},
          {"externalURL", ""},
          {"alerts", alerts}};
}

class DoorText : public DoorTest {
 protected:
  int sent_ = 0;
  Answer alerts(const Json& alerts) {
    return door().deliver("alerts", {{"Authorization", std::string("Bearer ") + kToken}},
                          group(alerts).dump());
  }
};

TEST_F(DoorText, T19_a_huge_label_is_stored_whole) {
  const std::string huge(900'000, 'x');
  const Answer answer =
      alerts(Json::array({alert("t19", "2026-01-15T10:00:00Z", {{"note", huge}})}));
  ASSERT_EQ(answer.status, 202) << answer.text;
  EXPECT_LT(answer.text.size(), 1'000u);
  EXPECT_EQ(
      door().value("SELECT length(body #>> '{labels,note}') FROM cs.event_row WHERE event_id = " +
                   answer.body()["event"].dump()),
      "900000");
}

TEST_F(DoorText, T20_the_date_a_sender_gives_moves_nothing) {
  Json all = Json::array();
  for (const char* date :
       {"1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "-1", "soon"})
    all.push_back(alert(std::string("t20 ") + date, date));
  const Answer answer = alerts(all);
  ASSERT_EQ(answer.status, 202) << answer.text;
  EXPECT_EQ(door().value("SELECT count(*) FROM cs.event_row WHERE body #>> '{labels,instance}' "
                         "LIKE 't20 %' AND received_at "
                         "BETWEEN now() - interval '1 hour' AND now()"),
            "5");
  EXPECT_TRUE(door().becomes("SELECT count(*) FROM cs.event_queue", "0"));
}

TEST_F(DoorText, T21_a_flood_of_new_keys_is_taken_in_and_decided_and_other_senders_do_not_notice) {
  constexpr int kGroups = 10;
  constexpr int kInGroup = 100;
  for (int i = 0; i < kGroups; ++i) {
    Json all = Json::array();
    for (int k = 0; k < kInGroup; ++k)
      all.push_back(alert("t21-" + std::to_string(i * kInGroup + k), "2026-01-15T10:00:00Z"));
    const int status = alerts(all).status;
    ASSERT_TRUE(status == 202 || status == 503) << status;
    EXPECT_EQ(door().custom(R"({"id":"t21-honest-)" + std::to_string(i) + "\"}").status, 202);
  }
  EXPECT_TRUE(door().becomes("SELECT count(*) FROM cs.event_queue", "0"));
}

TEST_F(DoorText, T17_headers_of_a_sender_cannot_break_what_is_stored) {
  const std::string body = R"({"zen":"headers"})";
  for (const std::string& id :
       {std::string("\xff\xfe"),
        std::string("\xe2\x80\xae"
                    "evil"),
        std::string("'; DROP TABLE cs.event; --"), std::string(10'000, 'd')}) {
    const std::string own = R"({"zen":")" + std::to_string(id.size()) + "\"}";
    const Answer answer = door().deliver("gh", signed_by_github(id, own), own);
    EXPECT_TRUE(answer.status == 202 || answer.status == 400) << answer.status << answer.text;
  }
  EXPECT_EQ(door().deliver("gh", signed_by_github("t17-after", body), body).status, 202);
}

// Attributes of CloudEvents travel in headers, where bytes of any kind may stand.
TEST_F(DoorText, T17_no_byte_of_a_cloudevent_makes_the_database_refuse_it) {
  const auto send = [&](const std::string& type, const std::string& media,
                        const std::string& body) {
    return door()
        .deliver("ce",
                 {{"Authorization", std::string("Bearer ") + kToken},
                  {"ce-specversion", "1.0"},
                  {"ce-id", std::to_string(++sent_)},
                  {"ce-source", "/s"},
                  {"ce-type", type},
                  {"Content-Type", media}},
                 body)
        .status;
  };
  EXPECT_EQ(send("t", "application/json", "{}"), 202);
  EXPECT_EQ(send("t", "text/plain", std::string("a\0b", 3)), 202);
  EXPECT_EQ(send("t", "text/plain", "\xff"), 202);
  EXPECT_EQ(send("t", "application/json", R"({"a":"\u0000"})"), 202);
  // Refused, or kept with a note: never a failure that makes the sender try for ever.
  for (const auto& [type, media] : std::initializer_list<std::pair<const char*, const char*>>{
           {"a%00b", "application/json"}, {"\xff", "application/json"}, {"t", "a\xff/json"}}) {
    const int status = send(type, media, "{}");
    EXPECT_TRUE(status == 202 || status == 400) << status << " to " << type << " " << media;
  }
  EXPECT_TRUE(door().becomes("SELECT count(*) FROM cs.event_queue", "0"));
}

}  // namespace
}  // namespace countersign::door
