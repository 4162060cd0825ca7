// Whatever a sender with a valid signature sends, each event the door makes of it is complete and
// fit for the database; whatever the kind.
#include "adapters/webhook/wire.h"

#include <algorithm>

#include "adapters/webhook/cloudevents.h"
#include "bot/core/digest.h"
#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

using adapters::webhook::Reading;
using adapters::webhook::Wire;

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

void expect_complete(const core::Incoming& event) {
  EXPECT_TRUE(is_hex64(event.dedup_key) && is_hex64(event.body_hash));
  EXPECT_TRUE(event.replay_key.empty() || is_hex64(event.replay_key));
  EXPECT_FALSE(event.trigger.empty() || event.correlation.empty() || event.delivery_id.empty());
  EXPECT_EQ(event.body.is_null(), !event.body_note.empty());
  expect_storable({event.body, event.delivery_id, event.series, event.status});
}

void expect_answer(const net::HttpResponse& answer) {
  EXPECT_LE(answer.body.size(), 4'096u) << "an echo has a limit (T9)";
  for (const auto& [name, value] : answer.headers)
    EXPECT_EQ(value.find_first_of(std::string_view("\r\n\0", 3)), std::string::npos);
}

void read(const config::Source& source, const net::Headers& headers, const std::string& body) {
  FixedIds ids;
  const auto reading = Wire(source).read(source, headers, body, ids);
  if (!reading) {
    EXPECT_FALSE(reading.error().message.empty());
    EXPECT_EQ(reading.error().message.find('\n'), std::string::npos);
    return;
  }
  EXPECT_NE(reading->events.empty(), !reading->answer.has_value());
  if (reading->answer) expect_answer(*reading->answer);
  for (const core::Incoming& event : reading->events) expect_complete(event);
}

struct Parts {
  std::string kind;
  net::Headers headers;
  std::string body;
};

// What the server lets through as a header (T10): a name of ASCII, a value without controls.
bool passes(std::string_view name, std::string_view value) {
  return std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; }) &&
         std::ranges::none_of(value, [](char c) { return c >= 0 && c < ' '; });
}

// The kind, then headers, a line each; then an empty line and the body.
Parts parts_of(std::string_view input) {
  Parts parts;
  for (bool first = true;; first = false) {
    const auto end = std::min(input.find('\n'), input.size());
    const std::string line(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    if (first) {
      parts.kind = line;
    } else if (line.empty()) {
      break;
    } else if (const auto colon = line.find(": ");
               colon != std::string::npos &&
               passes(line.substr(0, colon), line.substr(colon + 2))) {
      parts.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
  }
  parts.body = input;
  return parts;
}

FUZZ_TARGET(wire) {
  const Parts parts = parts_of(input);
  const config::Sender* sender = config::find_sender(parts.kind);
  config::Source source;
  source.name = "fuzz";
  source.kind = sender == nullptr ? "generic" : parts.kind;
  source.trigger = sender == nullptr || sender->trigger.empty() ? "a.trigger" : sender->trigger;
  source.signing = config::sender_of(source.kind).signing;
  read(source, parts.headers, parts.body);
  source.dedup = config::SourceDedup{"{{ body.id }}{{ headers.x_id | default('') }}", {}};
  read(source, parts.headers, parts.body);
}

FUZZ_TARGET(cloudevents) {
  const Parts parts = parts_of(input);
  const auto events = adapters::webhook::read_cloudevents(parts.headers, parts.body);
  if (!events) {
    EXPECT_EQ(events.error().message.find('\n'), std::string::npos);
    return;
  }
  for (const auto& event : *events) {
    EXPECT_EQ(event.value.is_null(), !event.note.empty());
    expect_storable({event.value, event.id, event.source});
  }
}

}  // namespace
}  // namespace countersign::fuzz
