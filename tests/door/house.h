// The whole program over a real database, and senders with real sockets in front of its door. The
// addresses of the senders come from X-Forwarded-For, so that each can be another one.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "bot/app/app.h"
#include "bot/core/json.h"
#include "tests/support/test_database.h"
#include "tests/unit/net/raw_socket.h"

namespace countersign::door {

inline constexpr char kGithubSecret[] = "github-secret-for-tests";
inline constexpr char kToken[] = "a-bearer-for-tests";

struct Answer {
  int status = 0;  // 0: the connection ended without one
  std::string head;
  std::string text;
  Json body() const { return Json::parse(text, nullptr, false); }
  std::string header(const std::string& name) const;  // empty if it is not there
};
Answer read_answer(const std::string& bytes);

using Fields = std::vector<std::pair<std::string, std::string>>;

// A request with its Content-Length; the connection ends with it unless `keep`.
std::string request(const std::string& path, const Fields& headers, const std::string& body,
                    bool keep = false);
// As GitHub signs it.
Fields signed_by_github(const std::string& delivery, const std::string& body,
                        const std::string& secret = kGithubSecret);
// An address nobody has used before.
std::string another_address();

class Door {
 public:
  // The sources are alerts (alertmanager), gh and other (github), custom (generic, one event for
  // each id of a body), ce (cloudevents); `more` is further YAML.
  explicit Door(const std::string& more = "");
  ~Door();

  net::test::RawSocket connect() { return net::test::RawSocket::connected_to(app_->port()); }
  Answer send(const std::string& bytes);
  Answer deliver(const std::string& source, Fields headers, const std::string& body);
  Answer custom(const std::string& body);  // with the right token

  std::string value(const std::string& sql) { return database_.value(sql); }
  // Asks until it is so, for at most a minute.
  bool becomes(const std::string& sql, const std::string& expected);
  int events() { return std::stoi(value("SELECT count(*) FROM cs.event")); }
  support::TestDatabase& database() { return database_; }
  std::uint16_t port() const { return app_->port(); }

 private:
  support::TestFolder folder_;
  support::TestDatabase database_;
  std::unique_ptr<app::App> app_;
};

// One door for all tests of a suite.
class DoorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared() = std::make_unique<Door>(); }
  static void TearDownTestSuite() { shared().reset(); }
  Door& door() { return *shared(); }

 private:
  static std::unique_ptr<Door>& shared() {
    static std::unique_ptr<Door> door;
    return door;
  }
};

}  // namespace countersign::door
