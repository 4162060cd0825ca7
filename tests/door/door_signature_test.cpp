// Who may come in: T1, T4, T6, T7, T8, T9.
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <regex>
#include <set>

#include "adapters/net/http_server.h"
#include "adapters/webhook/routes.h"
#include "adapters/webhook/signature.h"
#include "bot/app/random_ids.h"
#include "bot/core/digest.h"
#include "tests/door/house.h"

namespace countersign::door {
namespace {

namespace webhook = adapters::webhook;

class DoorSignature : public DoorTest {};

// Signature headers that do not belong to this body and this source.
std::vector<Fields> forgeries(const std::string& body) {
  const auto hmac = [&](const std::string& key, const std::string& of) {
    return core::hmac(core::HashAlgorithm::sha256, key, of);
  };
  const std::string raw = hmac(kGithubSecret, body);
  const std::string good = core::hex(raw);
  const std::string sha1 = core::hex(core::hmac(core::HashAlgorithm::sha1, kGithubSecret, body));
  const std::string zeros(64, '0');
  std::vector<Fields> all{
      {}, {{"Authorization", "Bearer " + good}}, {{"X-Hub-Signature", "sha1=" + sha1}}};
  for (const std::string& value :
       std::vector<std::string>{std::string(),
                                std::string("sha256="),
                                good,
                                "SHA256=" + good,
                                "sha256:" + good,
                                "sha256 =" + good,
                                "sha256= " + good,
                                "sha1=" + good,
                                "sha512=" + good,
                                "sha256=" + sha1,
                                "sha256=" + good.substr(0, 63),
                                "sha256=" + good.substr(0, 62),
                                "sha256=" + good.substr(1),
                                "sha256=" + good + "0",
                                "sha256=" + good + "00",
                                "sha256=" + good + good,
                                "sha256=0x" + good,
                                "sha256=\"" + good + "\"",
                                "\"sha256=" + good + "\"",
                                "sha256=" + good + ",sha256=" + good,
                                "sha256=" + zeros + ", sha256=" + good,
                                "sha256=" + zeros,
                                "sha256=" + std::string(64, 'g'),
                                "sha256=" + std::string(8'000, 'a'),
                                "sha256=" + core::base64(raw),
                                "sha256=" + good.substr(0, 32) + " " + good.substr(32),
                                "sha256=" + core::hex(hmac(kGithubSecret, body + " ")),
                                "sha256=" + core::hex(hmac(kGithubSecret, "")),
                                "sha256=" + core::hex(hmac("another-secret", body)),
                                "sha256=" + core::hex(hmac("", body)),
                                "sha256=" + core::hex(hmac(std::string("\0", 1), body)),
                                "sha256=" + core::sha256_hex(body),
                                "sha256=" + core::sha256_hex(kGithubSecret + body),
                                "sha256=\xc3\xa9" + good,
                                "t=1,v1=" + good,
                                "v1," + good,
                                "true",
                                "null"})
    all.push_back({{"X-Hub-Signature-256", value}});
  all.push_back(
      {{"X-Hub-Signature-256", "sha256=" + good}, {"X-Hub-Signature-256", "sha256=" + good}});
  all.push_back(
      {{"X-Hub-Signature-256", "sha256=" + zeros}, {"x-hub-signature-256", "sha256=" + good}});
  all.push_back({{"X-Signature", "sha256=" + good}});
  return all;
}

// A body that is no JSON is refused for its signature, not for its form: it was never parsed.
TEST_F(DoorSignature, T1_no_forged_signature_comes_in_and_all_get_the_same_answer) {
  const std::string broken = "{\"broken\": ";
  const int before = door().events();
  std::set<std::string> answers;
  const auto all = forgeries(broken);
  ASSERT_GE(all.size(), 40u);
  for (Fields headers : all) {
    headers.emplace_back("X-GitHub-Delivery", "forged");
    headers.emplace_back("X-GitHub-Event", "push");
    const Answer answer = door().deliver("gh", headers, broken);
    EXPECT_EQ(answer.status, 401) << headers.front().second;
    answers.insert(answer.head + answer.text);
  }
  EXPECT_EQ(answers.size(), 1u) << "the reason must not show";
  EXPECT_EQ(door().events(), before);
  EXPECT_EQ(door().deliver("gh", signed_by_github("g1", broken), broken).status, 400)
      << "a signed one is parsed";
  EXPECT_EQ(door().deliver("gh", signed_by_github("g2", "{}"), "{}").status, 202);
}

// Takes everything in, and remembers what it was.
class Ledger : public core::Inbox {
 public:
  void accept(std::vector<core::Incoming> deliveries, Done done) override {
    std::vector<core::Accepted> accepted;
    const std::lock_guard lock(mutex_);
    for (const auto& delivery : deliveries) {
      keys_.push_back(delivery.key_id);
      accepted.push_back(
          {core::EventId{static_cast<std::int64_t>(keys_.size())}, {}, core::Acceptance::fresh});
    }
    done(std::move(accepted));
  }
  std::vector<std::string> keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> keys_;
};

// The door's own routes behind a real listener, with a clock that a test sets.
class DoorClock : public testing::Test {
 protected:
  DoorClock() {
    const auto port = server_.start();
    EXPECT_TRUE(port.ok());
    port_ = port.ok() ? *port : 0;
  }
  ~DoorClock() override { server_.stop(); }

  static config::Source source(const std::string& kind, std::vector<config::Credential> secrets) {
    config::Source out;
    out.name = out.kind = kind;
    out.trigger = config::sender_of(kind).trigger;
    out.signing = config::sender_of(kind).signing;
    out.secrets = std::move(secrets);
    return out;
  }
  int status_of(const std::string& source, const net::Headers& headers, const std::string& body) {
    auto socket = net::test::RawSocket::connected_to(port_);
    socket.send(request("/hooks/" + source, headers, body));
    return read_answer(socket.read_to_end()).status;
  }
  static core::Instant at(std::int64_t seconds) {
    return core::Instant(std::chrono::seconds(seconds));
  }

  static constexpr std::int64_t kNow = 1'800'000'000;
  const std::string key_ = core::base64("0123456789abcdef01234567");
  std::atomic<std::int64_t> clock_ = kNow;
  Ledger inbox_;
  app::RandomIds ids_;
  webhook::Fetched fetched_{[](const std::string&, const std::stop_token&) -> Result<std::string> {
                              return unavailable("nothing is fetched here");
                            },
                            [this] { return at(clock_); }};
  net::Strikes strikes_;
  webhook::WebhookRoutes routes_{
      {inbox_, ids_, fetched_, strikes_, [this] { return at(clock_); }, {}},
      {source("slack", {{config::Secret("s"), "1", {}}}),
       source("stripe-style", {{config::Secret("s"), "1", {}}}),
       source("standard-webhooks", {{config::Secret(key_), "1", {}}}),
       source("github", {{config::Secret("old"), "old-key", at(kNow + 100)},
                         {config::Secret("new"), "new-key", {}}})}};
  net::Io io_;
  std::uint16_t port_ = 0;
  net::HttpServer server_{io_,
                          {},
                          [this](net::HttpRequest r, net::HttpServer::Respond respond) {
                            routes_.handle(std::move(r), std::move(respond));
                          },
                          {},
                          [this](const net::HttpRequest& head) { return routes_.admit(head); }};
};

TEST_F(DoorClock, T4_a_signed_time_counts_for_300_seconds_of_the_servers_clock) {
  const std::string body = R"({"type":"event_callback","event":{"type":"m"},"event_id":"E1"})";
  for (const char* kind : {"slack", "stripe-style", "standard-webhooks"}) {
    const auto secret = std::string(kind) == "standard-webhooks" ? key_ : std::string("s");
    const auto from = source(kind, {{config::Secret(secret), "1", {}}});
    for (const auto& [away, status] : std::initializer_list<std::pair<int, int>>{{0, 202},
                                                                                 {299, 202},
                                                                                 {300, 202},
                                                                                 {301, 401},
                                                                                 {-299, 202},
                                                                                 {-300, 202},
                                                                                 {-301, 401},
                                                                                 {86'400, 401},
                                                                                 {-86'400, 401}}) {
      const auto headers = webhook::sign(from, "msg_1", body, at(kNow + away));
      EXPECT_EQ(status_of(kind, headers, body), status) << kind << " " << away;
    }
    // The server's clock decides, not the sender's.
    const auto recorded = webhook::sign(from, "msg_1", body, at(kNow));
    clock_ = kNow + 301;
    EXPECT_EQ(status_of(kind, recorded, body), 401) << kind;
    clock_ = kNow;
    EXPECT_EQ(status_of(kind, recorded, body), 202) << kind;
  }
}

// Signed all right, with a time that is none.
TEST_F(DoorClock, T4_a_time_that_is_no_number_or_not_of_this_world_is_refused) {
  for (const std::string time : {"", "-1", "+1800000000", "1800000000.0", "1.8e9", "0x6b49d200",
                                 "now", "1800000000 ", "9223372036854775807", "9223372036854775808",
                                 "18446744073709551616", "1800000000000", "0"}) {
    const std::string body = "{}";
    const auto digest = core::hmac(core::HashAlgorithm::sha256, "s", "v0:" + time + ":" + body);
    const net::Headers headers{{"X-Slack-Request-Timestamp", time},
                               {"X-Slack-Signature", "v0=" + core::hex(digest)}};
    // Blanks around a header are not part of it: this one is signed for another text.
    EXPECT_EQ(status_of("slack", headers, body), 401) << "'" << time << "'";
  }
  EXPECT_TRUE(inbox_.keys().empty());
}

// Both secrets count while they overlap; the old one ends on the second. The record has the name of
// the key and never the key.
TEST_F(DoorClock, T7_an_old_secret_counts_until_its_end) {
  const std::string body = "{}";
  const auto with = [&](const std::string& secret) {
    return status_of("github", signed_by_github("d", body, secret), body);
  };
  std::atomic<bool> over = false;
  std::atomic<int> refused = 0;
  std::jthread honest([&] {
    while (!over) refused += with("new") != 202;
  });
  for (const auto& [away, status] :
       std::initializer_list<std::pair<int, int>>{{0, 202}, {99, 202}, {100, 401}, {101, 401}}) {
    clock_ = kNow + away;
    EXPECT_EQ(with("old"), status) << away;
    EXPECT_EQ(with("new"), 202) << away;
  }
  over = true;
  honest.join();
  EXPECT_EQ(refused, 0) << "honest senders never notice";
  const auto keys = inbox_.keys();
  EXPECT_EQ(std::ranges::count(keys, "old-key"), 2);
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()),
            (std::set<std::string>{"old-key", "new-key"}));
}

TEST_F(DoorClock, T9_a_challenge_is_echoed_to_the_right_sender_only_and_as_plain_text) {
  const auto from = source("slack", {{config::Secret("s"), "1", {}}});
  const auto ask = [&](const std::string& challenge, bool signed_well) {
    const std::string body = Json{{"type", "url_verification"}, {"challenge", challenge}}.dump();
    auto headers = webhook::sign(from, "", body, at(kNow));
    if (!signed_well) headers.back().second.back() ^= 1;
    auto socket = net::test::RawSocket::connected_to(port_);
    socket.send(request("/hooks/slack", headers, body));
    return read_answer(socket.read_to_end());
  };
  const Answer good = ask("3eZbrw1aBm2rZgRNFdxV", true);
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.text, "3eZbrw1aBm2rZgRNFdxV");
  EXPECT_EQ(good.header("Content-Type"), "text/plain");
  const Answer forged = ask("3eZbrw1aBm2rZgRNFdxV", false);
  EXPECT_EQ(forged.status, 401);
  EXPECT_EQ(forged.text.find("3eZbrw"), std::string::npos);
  for (const std::string& trick : {std::string("<script>alert(1)</script>"),
                                   std::string("a\r\nX-Injected: b"), std::string(100'000, 'a')}) {
    const Answer answer = ask(trick, true);
    EXPECT_EQ(answer.header("X-Injected"), "");
    EXPECT_TRUE(answer.status == 400 || answer.header("Content-Type") == "text/plain")
        << answer.head;
    EXPECT_LE(answer.text.size(), 2'000u) << "an echo has a limit";
  }
  EXPECT_TRUE(inbox_.keys().empty());
}

TEST_F(DoorSignature, T8_a_guessed_path_leads_nowhere_and_looks_like_any_other) {
  const int before = door().events();
  const std::string body = "{}";
  const auto headers = signed_by_github("guessed", body);
  std::set<std::string> answers;
  for (const std::string& path :
       {std::string("/hooks/"), std::string("/hooks/nobody"), std::string("/hooks/gh/"),
        std::string("/hooks//gh"), std::string("/hooks/GH"), std::string("/hooks/g%68"),
        std::string("/hooks/./gh"), std::string("/hooks/../hooks/gh"),
        std::string("/hooks/%2e%2e/hooks/gh"), std::string("/hooks/gh%00"),
        std::string("/hooks/gh%2f"), std::string("/hooks/gh;x"),
        std::string("/hooks/..%2f..%2fetc%2fpasswd"), std::string("/hooks/../../etc/passwd"),
        "/hooks/" + std::string(8'000, 'a')}) {
    Fields from = headers;
    from.emplace_back("X-Forwarded-For", another_address());
    const Answer answer = door().send(request(path, from, body));
    EXPECT_EQ(answer.status, 404) << path;
    answers.insert(answer.head + answer.text);
  }
  EXPECT_EQ(answers.size(), 1u);
  for (const char* path :
       {"//hooks/gh", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/hooks", "/etc/passwd"})
    EXPECT_EQ(door().send(request(path, headers, body)).status, 404) << path;
  const std::string raw = "POST /hooks/gh" + std::string(1, '\0') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(door().send(raw).status, 400);
  EXPECT_EQ(door().events(), before);
  // The same form as a wrong signature: JSON with one word about it, and nothing of the path.
  const Answer wrong = door().deliver("gh", {}, body);
  EXPECT_EQ(wrong.body().size(), 1u);
  EXPECT_EQ(answers.begin()->find("passwd"), std::string::npos);
}

TEST_F(DoorSignature, T6_secrets_are_compared_as_digests_of_one_length_and_nowhere_byte_by_byte) {
  // One comparison for all: of digests, so that neither content nor length decides how long it
  // takes.
  EXPECT_TRUE(core::same_secret("a", "a"));
  EXPECT_TRUE(core::same_secret("", ""));
  EXPECT_FALSE(core::same_secret("a", "b"));
  EXPECT_FALSE(core::same_secret("a", ""));
  EXPECT_FALSE(core::same_secret(std::string(31, 'x') + "a", std::string(31, 'x') + "b"));
  EXPECT_FALSE(core::same_secret("a", std::string("a\0", 2)));

  const std::regex byte_by_byte(
      R"(\bmemcmp\(|\bstrcmp\(|\b(hmac|digest|signature|secret)\w*(\(.*\))?\s*[!=]=\s*[^=]|[!=]=\s*(core::)?(hmac|sha256\w*)\()");
  const std::regex harmless(
      R"(algorithm|\.end\(\)|nullptr|\bempty\b|==\s*"|!=\s*"|npos|\.size\(\))");
  namespace fs = std::filesystem;
  for (const char* room :
       {"adapters/webhook", "adapters/slack", "adapters/mattermost", "bot/app"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TEST_SOURCE_DIR) / room)) {
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        if (line.find("== ") == line.npos && line.find("!= ") == line.npos &&
            line.find("cmp(") == line.npos)
          continue;
        EXPECT_TRUE(!std::regex_search(line, byte_by_byte) || std::regex_search(line, harmless))
            << entry.path() << ": " << line;
      }
    }
  }
}

}  // namespace
}  // namespace countersign::door
