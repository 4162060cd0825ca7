#include "tests/support/test_database.h"

#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

#include "bot/store/migrate.h"
#include "bot/store/private_postgres.h"

#ifdef __SANITIZE_ADDRESS__
// libpqxx 6.4 forgets one result when a connection breaks under it; tests break connections on purpose.
extern "C" const char* __lsan_default_suppressions() { return "leak:PQmakeEmptyPGresult\n"; }
#endif

namespace countersign::support {
namespace {

// The server all tests of this program share.
class Server {
 public:
  static Server& instance() {
    static Server server;
    return server;
  }

  std::string url(const std::string& database) const {
    std::string url = postgres_->url();
    return url.replace(url.find("/countersign?"), 12, "/" + database);
  }
  void script(const std::string& sql) { admin_->script(sql); }
  std::string next_name() { return "test_" + std::to_string(++count_); }

 private:
  Server() {
    auto started = store::PrivatePostgres::start({folder_.path(), {}});
    if (!started) throw std::runtime_error(started.error().message);
    postgres_ = std::move(*started);
    admin_ = std::make_unique<store::Database>(store::DatabaseOptions{url("postgres"), 2});
    // Nothing here outlives the program, so nothing has to reach the disk.
    script("ALTER SYSTEM SET fsync = off");
    script("SELECT pg_reload_conf()");
    script("CREATE DATABASE template_cs");
    store::Database migrated({url("template_cs"), 1});
    store::migrate(migrated);
  }

  TestFolder folder_;
  std::unique_ptr<store::PrivatePostgres> postgres_;
  std::unique_ptr<store::Database> admin_;
  std::atomic<int> count_{0};
};

}  // namespace

TestDatabase::TestDatabase(Schema schema) : name_(Server::instance().next_name()) {
  auto& server = Server::instance();
  server.script("CREATE DATABASE " + name_ +
                (schema == Schema::migrated ? " TEMPLATE template_cs" : ""));
  db_ = std::make_unique<store::Database>(store::DatabaseOptions{server.url(name_), 12});
}

TestDatabase::~TestDatabase() {
  db_.reset();
  try {
    Server::instance().script("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const store::StoreError&) {
    // It goes with the server.
  }
}

std::string TestDatabase::value(const std::string& sql) {
  return db_->transact("test", [&](store::Tx& tx) {
    const std::string query = "SELECT (" + sql + ")::text AS value";
    const std::string name = "test_" + std::to_string(std::hash<std::string>{}(query));
    const store::Rows rows = tx.exec(store::Statement{name, query});
    return rows.empty() ? std::string() : rows[0].text_or("value", "");
  });
}

TestFolder::TestFolder() {
  std::string name = "/tmp/countersign-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr || chmod(name.c_str(), 0755) != 0) {
    throw std::runtime_error("cannot make a folder in /tmp");
  }
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace countersign::support
