// Whatever a sender with a valid token sends, each event the door makes of it is complete and fit
// for the database.
#include "adapters/webhook/wire.h"

#include <gtest/gtest.h>

#include "bot/core/digest.h"
#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

class FixedIds : public core::IdSource {
 public:
  core::CorrelationId correlation() override {
    return core::CorrelationId::parse(std::string(32, 'a'));
  }
  std::string uuid() override { return {}; }
  std::string token(int) override { return {}; }
  double chance() override { return 0; }
};

bool is_hex64(const std::string& text) {
  return text.size() == 64 && core::unhex(text).has_value();
}

// dump() throws on text that is not UTF-8; PostgreSQL takes no U+0000.
void expect_storable(const Json& value) {
  EXPECT_NO_THROW(value.dump());
  const Json leaves = value.flatten();
  for (const auto& [path, leaf] : leaves.items()) {
    EXPECT_EQ(path.find('\0'), std::string::npos);
    EXPECT_TRUE(!leaf.is_string() ||
                leaf.get_ref<const std::string&>().find('\0') == std::string::npos);
  }
}

void read(const char* kind, const net::Headers& headers, const std::string& body) {
  config::Source source;
  source.name = "fuzz";
  source.kind = kind;
  source.hmac = config::HmacAuth{};
  source.dedup = config::SourceDedup{"{{ body.id }}{{ headers.x_id | default('') }}", {}};
  FixedIds ids;
  const auto events = adapters::webhook::read_delivery(source, headers, body, ids);
  if (!events) {
    EXPECT_FALSE(events.error().message.empty());
    EXPECT_EQ(events.error().message.find('\n'), std::string::npos);
    return;
  }
  EXPECT_FALSE(events->empty());
  for (const core::Incoming& event : *events) {
    EXPECT_TRUE(is_hex64(event.dedup_key) && is_hex64(event.body_hash));
    EXPECT_TRUE(event.replay_key.empty() || is_hex64(event.replay_key));
    EXPECT_FALSE(event.trigger.empty() || event.correlation.empty() || event.delivery_id.empty());
    EXPECT_EQ(event.body.is_null(), !event.body_note.empty());
    expect_storable({event.body, event.delivery_id, event.series, event.status});
  }
}

std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

int alertmanager(const std::uint8_t* data, std::size_t size) {
  read("alertmanager", {}, text_of(data, size));
  return 0;
}

// First line: the delivery id, then the event's name, then a traceparent, separated by '|'; the
// rest is the body.
int github(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  const std::string line = text.substr(0, text.find('\n'));
  const std::string body = text.substr(std::min(line.size() + 1, text.size()));
  const auto first = std::min(line.find('|'), line.size());
  const auto second = std::min(line.find('|', first + 1), line.size());
  const net::Headers headers{{"X-GitHub-Delivery", line.substr(0, first)},
                             {"X-GitHub-Event", line.substr(first, second - first)},
                             {"traceparent", line.substr(second)},
                             {"X_Id", line}};
  read("github", headers, body);
  read("generic", headers, body);
  return 0;
}

TEST(FuzzReplay, alertmanager_wire) { replay("alertmanager", alertmanager); }
TEST(FuzzReplay, github_and_generic_wire) { replay("github", github); }

}  // namespace
}  // namespace countersign::fuzz
