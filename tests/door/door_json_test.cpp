// JSON that two readers could understand differently, or that costs more than it is worth: T15 to
// T18. It is kept, with a note; no rule looks into it.
#include <pthread.h>

#include "bot/core/json_guard.h"
#include "tests/door/house.h"

namespace countersign::door {
namespace {

class DoorJson : public DoorTest {
 protected:
  // Sends it; its bytes are stored as they are, it is decided, and its note is returned.
  std::string note_of(const std::string& body) {
    const Answer answer = door().custom(body);
    EXPECT_EQ(answer.status, 202) << answer.text << " to " << body.substr(0, 60);
    if (answer.status != 202) return "not accepted";
    const std::string where =
        " FROM cs.event_row WHERE event_id = " + answer.body()["event"].dump();
    EXPECT_TRUE(door().value("SELECT encode(raw, 'hex') FROM cs.event WHERE event_id = " +
                             answer.body()["event"].dump()) == hex(body));
    EXPECT_TRUE(door().becomes("SELECT count(*) FROM cs.event_queue", "0"));
    const std::string note = door().value("SELECT body_note" + where);
    EXPECT_EQ(door().value("SELECT body IS NULL" + where), note.empty() ? "false" : "true");
    return note;
  }
  std::string body_of(const std::string& body) {
    const Answer answer = door().custom(body);
    EXPECT_EQ(answer.status, 202) << answer.text;
    return door().value("SELECT body::text FROM cs.event_row WHERE event_id = " +
                        answer.body()["event"].dump());
  }
  static std::string hex(const std::string& bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return out;
  }
};

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string many_keys(int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  return text + "}";
}

TEST_F(DoorJson, T15_depth_and_width_break_nothing) {
  EXPECT_EQ(note_of(nested(64)), "");
  EXPECT_EQ(note_of(nested(65)), "unparsable: nested too deeply");
  EXPECT_EQ(note_of(nested(100'000)), "unparsable: nested too deeply");
  EXPECT_EQ(note_of("{\"a\":" + nested(500'000) + "}"), "unparsable: nested too deeply");
  EXPECT_EQ(note_of(many_keys(100'000)), "");
  EXPECT_EQ(door().custom(many_keys(1'000'000)).status, 413);
  EXPECT_EQ(door().custom(std::string(1'000'000, '[')).status, 400);
  EXPECT_EQ(door().custom(R"({"id":"after"})").status, 202);
}

// A reader that calls itself for each level would not come back from this.
TEST(JsonGuard, T15_reads_any_depth_on_a_stack_of_256_kB) {
  const std::string deep = nested(1'000'000);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  pthread_t thread{};
  const auto read = [](void* text) -> void* {
    const auto reading = core::read_json(*static_cast<const std::string*>(text));
    EXPECT_EQ(reading.kind, core::JsonReading::Kind::unparsable);
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, read, const_cast<std::string*>(&deep)), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST_F(DoorJson, T16_a_key_that_stands_twice_is_understood_by_nobody) {
  for (const std::string body :
       {R"({"id":"t16a","env":"test","env":"prod"})",
        R"({"id":"t16b","env":"test","\u0065nv":"prod"})", R"({"id":"t16c","a":{"x":1,"x":1}})",
        R"({"id":"t16d","\u00e9":1,"é":2})"})
    EXPECT_EQ(note_of(body), "unparsable: duplicate key") << body;
  // Equal for people only: two keys, and no reader takes them for one.
  EXPECT_EQ(note_of("{\"id\":\"t16e\",\"\xc3\xa9\":1,\"e\xcc\x81\":2}"), "");
  EXPECT_EQ(door().value("SELECT count(*) FROM cs.run"), "0");
}

TEST_F(DoorJson, T17_text_that_the_database_cannot_hold_is_kept_as_bytes) {
  const std::pair<std::string, std::string> rows[] = {
      {R"({"id":"t17","x":"\u0000"})", "unparsable: U+0000"},
      {std::string("{\"id\":\"t17\",\"x\":\"\0\"}", 20), "unparsable: U+0000"},
      {R"({"id":"t17","x":"\ud800"})", "unparsable: lone surrogate"},
      {R"({"id":"t17","x":"\udc00\ud800"})", "unparsable: lone surrogate"},
      {"{\"id\":\"t17\",\"x\":\"\xff\"}", "unparsable: invalid UTF-8"},
      {"{\"id\":\"t17\",\"x\":\"\xc0\xaf\"}", "unparsable: invalid UTF-8"},
      {"{\"id\":\"t17\",\"x\":\"\xed\xa0\x80\"}", "unparsable: invalid UTF-8"},
      {"{\"id\":\"t17\",\"x\":\"\xf4\x90\x80\x80\"}", "unparsable: invalid UTF-8"},
      {"\xef\xbb\xbf{\"id\":\"t17\"}", "unparsable: byte order mark"}};
  for (const auto& [body, note] : rows) EXPECT_EQ(note_of(body), note) << body;
  EXPECT_EQ(note_of("{\"id\":\"t17-bidi\",\"x\":\"\xe2\x80\xae"
                    "a\xe2\x80\x8b\"}"),
            "")
      << "text like any other, until it is shown";
}

TEST_F(DoorJson, T18_numbers_stay_what_they_are_and_cost_no_more_than_they_say) {
  EXPECT_EQ(note_of(R"({"id":"t18a","x":1e400000})"), "unparsable: number out of range");
  EXPECT_EQ(note_of(R"({"id":"t18b","x":1e131071})"), "unparsable: number out of range");
  EXPECT_EQ(note_of(R"({"id":"t18c","x":)" + std::string(900'000, '9') + "}"),
            "unparsable: number too long");
  std::string many = "[1e131071";
  for (int i = 1; i < 10'000; ++i) many += ",1e131071";
  EXPECT_EQ(note_of(many + "]"), "unparsable: number out of range");
  EXPECT_EQ(door().value("SELECT coalesce(max(pg_column_size(body)), 0) < 2000000 FROM cs.event"),
            "true");
  for (const char* word : {"NaN", "Infinity", "-Infinity", "0x10", "01", "+1", ".5", "1.", "1e"})
    EXPECT_EQ(door().custom(std::string(R"({"id":"t18d","x":)") + word + "}").status, 400) << word;
  EXPECT_EQ(note_of(R"({"id":"t18e","x":9007199254740993,"y":-0,"z":0.1})"), "");
}

}  // namespace
}  // namespace countersign::door
