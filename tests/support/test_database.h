// A real PostgreSQL for tests. One private server per test program, started by the first test that
// asks; a fresh, migrated database per TestDatabase, cloned from a template (some 20 ms).
// Everything is gone when the program ends. Works as root and as anybody else; needs the package
// postgresql.
//
//   class Repositories : public testing::Test {
//    protected:
//     support::TestDatabase test_;
//     store::Database& db_ = test_.db();
//   };
#pragma once
#include <memory>
#include <string>

#include "bot/store/pg.h"

namespace countersign::support {

class TestDatabase {
 public:
  enum class Schema { migrated, empty };
  explicit TestDatabase(Schema schema = Schema::migrated);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  store::Database& db() { return *db_; }
  const std::string& url() const { return db_->url(); }
  // SQL of the test's own, past the repositories: to arrange, to tamper, to look.
  void script(const std::string& sql) { db_->script(sql); }
  std::string value(const std::string& sql);  // the first column of the first row, as text; empty
                                              // for NULL or no row

 private:
  std::string name_;
  std::unique_ptr<store::Database> db_;
};

// A folder of its own below /tmp that a server account can reach; removed with everything in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace countersign::support
