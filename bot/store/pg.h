// PostgreSQL behind our own types: no pqxx name leaves bot/store. Exceptions out of here are StoreError only.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "bot/core/error.h"
#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "bot/store/column.h"
#include "sql/statements.h"  // generated

namespace countersign::store {

// kind: unavailable (no connection, no room, a time limit; nothing was committed), in_doubt (the connection broke during
// COMMIT), conflict (unique violation or serialization failure), invalid (the database refuses the data), internal (a
// statement of ours is wrong, or a CHECK or trigger had to stop us).
class StoreError : public std::runtime_error {
 public:
  StoreError(ErrorKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

// A parameter as text, or NULL. PostgreSQL holds neither U+0000 nor invalid UTF-8: both become U+FFFD on the way in.
class Param {
 public:
  Param(std::nullopt_t) {}                                             // NOLINT: implicit by design, as are all below
  Param(std::string_view text);                                        // NOLINT
  Param(const std::string& text) : Param(std::string_view(text)) {}    // NOLINT
  Param(const char* text) : Param(std::string_view(text)) {}           // NOLINT
  Param(std::int64_t n) : text_(std::to_string(n)) {}                  // NOLINT
  Param(int n) : text_(std::to_string(n)) {}                           // NOLINT
  Param(bool b) : text_(b ? "true" : "false") {}                       // NOLINT
  Param(const Json& json);                                             // NOLINT
  Param(core::Instant t);                                              // NOLINT: timestamptz
  Param(core::Duration d);                                             // NOLINT: interval
  template <class T>
  Param(const std::optional<T>& v) : Param(v ? Param(*v) : Param(std::nullopt)) {}  // NOLINT
  const std::optional<std::string>& text() const { return text_; }

 private:
  std::optional<std::string> text_;
};
// text[] from strings.
Param text_array(const std::vector<std::string>& values);
inline Param text_or_null(const std::string& text) { return text.empty() ? Param(std::nullopt) : Param(text); }

// One row of an answer; columns by name. A wrong name or an unexpected NULL throws StoreError(internal).
class Row {
 public:
  bool is_null(std::string_view column) const;
  std::string text(std::string_view column) const;
  std::string text_or(std::string_view column, std::string fallback) const;  // for NULL
  std::int64_t number(std::string_view column) const;
  bool flag(std::string_view column) const;
  Json json(std::string_view column) const;                                  // NULL is null
  core::Instant instant(std::string_view column) const;
  std::optional<core::Instant> maybe_instant(std::string_view column) const;
  std::vector<std::string> texts(std::string_view column) const;             // text[]

 private:
  friend class Rows;
  friend class Tx;
  struct Data;
  Row(std::shared_ptr<const Data> data, int index) : data_(std::move(data)), index_(index) {}
  std::shared_ptr<const Data> data_;
  int index_ = 0;
};

class Rows {
 public:
  explicit Rows(std::shared_ptr<const Row::Data> data);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::int64_t affected() const;
  Row operator[](std::size_t i) const;
  struct Iterator {
    const Rows* rows;
    std::size_t i;
    Row operator*() const { return (*rows)[i]; }
    Iterator& operator++() { ++i; return *this; }
    bool operator!=(const Iterator& o) const { return i != o.i; }
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }

 private:
  std::shared_ptr<const Row::Data> data_;
  std::size_t size_ = 0;
};

// An open transaction. Belongs to the thread that began it; rolls back unless its function returns normally.
class Tx {
 public:
  Rows exec(const Statement& statement, std::initializer_list<Param> params = {});
  Rows exec(const Statement& statement, const std::vector<Column>& columns);  // each parameter an array
  void script(const std::string& sql);   // several statements in one text, not prepared (migrations)
  // Does not wait for the disk at COMMIT: a crash of the database within the next second may undo it, and with it all that was
  // committed after it. So whatever builds on it and does wait keeps it as well; nothing outside may build on it before (settle).
  void relax();
  // For whoever shows to the outside what others have written: once this has committed, everything that was visible here is on
  // disk (and on the synchronous standby), relaxed commits too. Waits only if something is not there yet.
  void settle();
  core::Instant now();   // clock_timestamp(): the database's clock at this moment, not at BEGIN

  struct Impl;
  explicit Tx(Impl& impl) : impl_(impl) {}

 private:
  Impl& impl_;
};

// The connection string that every connection of ours uses: the user's words, and our defaults for what they leave out.
std::string with_defaults(const std::string& url, std::chrono::milliseconds connect_timeout);

struct DatabaseOptions {
  std::string url;                                   // libpq connection string or postgresql:// URL
  int pool = 8;                                      // connections at most; a caller waits for a free one
  std::chrono::milliseconds connect_timeout{5'000};
};

// A pool of connections. Thread-safe. A broken connection is thrown away and replaced at the next use.
class Database {
 public:
  explicit Database(DatabaseOptions options);        // connects lazily
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs `work` in one transaction (READ COMMITTED) and commits. Serialization failures and deadlocks are repeated
  // up to 5 times, so `work` must have no effect outside the database. `what` names it in logs.
  template <class F>
  auto transact(std::string_view what, F&& work) -> decltype(work(std::declval<Tx&>())) {
    return transact(what, {}, work);
  }
  // The same without the wait of COMMIT, see Tx::relax(); cheaper than that, because the connection stays so.
  template <class F>
  auto transact_relaxed(std::string_view what, F&& work) -> decltype(work(std::declval<Tx&>())) {
    return transact(what, {.relaxed = true}, work);
  }

  // For work that is one single statement: it commits by itself, so there is one round trip and not three. A connection that breaks
  // meanwhile leaves its fate in doubt.
  template <class F>
  auto at_once(std::string_view what, F&& work) -> decltype(work(std::declval<Tx&>())) {
    return transact(what, {.alone = true}, work);
  }
  template <class F>
  auto at_once_relaxed(std::string_view what, F&& work) -> decltype(work(std::declval<Tx&>())) {
    return transact(what, {.relaxed = true, .alone = true}, work);
  }

  // Runs several statements given as one text, outside any pool transaction (migrations, tests).
  void script(const std::string& sql);
  bool reachable(std::string* why = nullptr);        // a cheap round trip
  const std::string& url() const;

 private:
  struct Way {
    bool relaxed = false;  // COMMIT does not wait for the disk
    bool alone = false;    // one statement, no BEGIN and no COMMIT
  };
  template <class F>
  auto transact(std::string_view what, Way way, F& work) -> decltype(work(std::declval<Tx&>())) {
    using R = decltype(work(std::declval<Tx&>()));
    if constexpr (std::is_void_v<R>) {
      run(what, way, [&](Tx& tx) { work(tx); });
    } else {
      std::optional<R> result;
      run(what, way, [&](Tx& tx) { result.emplace(work(tx)); });
      return std::move(*result);
    }
  }
  void run(std::string_view what, Way way, const std::function<void(Tx&)>& work);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::store
