#include "bot/store/pg.h"

#include <fmt/format.h>
#include <algorithm>

#include <condition_variable>
#include <mutex>
#include <set>

#include "bot/store/pg_impl.h"

namespace countersign::store {
namespace {

constexpr int kTries = 5;                             // of a transaction that others pushed aside
constexpr auto kPatience = std::chrono::seconds(30);  // for a free connection

// Time zone and date style are what pg_row.cpp can read; nothing of ours lives in `public`, and
// nothing there may be found (T50).
constexpr char kSession[] =
    "SET statement_timeout = '30s'; SET lock_timeout = '5s'; "
    "SET idle_in_transaction_session_timeout = '15s'; SET synchronous_commit = on; "
    "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET client_encoding = 'UTF8'; "
    "SET client_min_messages = error; SET search_path = pg_catalog; SET jit = off; "
    // Plans are kept. One that was made while a table was empty must not read, or sort, all that waits
    // in it later: the order of an index is worth its price, also where it looks like more work.
    "SET enable_seqscan = off; SET random_page_cost = 1.1";

// What a statement prepared earlier says after a migration has widened what it selects.
constexpr std::string_view kStalePlan = "0A000";

// Pushed aside by another transaction or by a migration; the same work may succeed at the next try.
struct Repeatable : StoreError {
  using StoreError::StoreError;
};

struct Meaning {
  std::string_view code;  // the beginning of an SQLSTATE
  ErrorKind kind;
};
constexpr Meaning kMeanings[] = {
    {"23505", ErrorKind::conflict},    {"22", ErrorKind::invalid},
    {"54", ErrorKind::invalid},        {"08", ErrorKind::unavailable},
    {"25006", ErrorKind::unavailable}, {"25P03", ErrorKind::unavailable},
    {"53", ErrorKind::unavailable},    {"55P03", ErrorKind::unavailable},
    {"57", ErrorKind::unavailable},    {"58", ErrorKind::unavailable},
};

ErrorKind kind_of(std::string_view sqlstate) {
  for (const Meaning& m : kMeanings) {
    if (sqlstate.starts_with(m.code)) return m.kind;
  }
  return ErrorKind::internal;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// Inside a catch block: what libpqxx threw, as ours.
[[noreturn]] void rethrow(std::string_view what) {
  const auto text = [&](const std::exception& e) {
    return fmt::format("{}: {}", what, one_line(e.what()));
  };
  try {
    throw;
  } catch (const StoreError&) {
    throw;
  } catch (const pqxx::in_doubt_error& e) {
    throw StoreError(ErrorKind::in_doubt, text(e));
  } catch (const pqxx::broken_connection& e) {
    throw StoreError(ErrorKind::unavailable, text(e));
  } catch (const pqxx::transaction_rollback& e) {
    throw Repeatable(ErrorKind::conflict, text(e));
  } catch (const pqxx::sql_error& e) {
    if (e.sqlstate().starts_with("40") || e.sqlstate() == kStalePlan)
      throw Repeatable(ErrorKind::conflict, text(e));
    throw StoreError(kind_of(e.sqlstate()), text(e));
  } catch (const pqxx::failure& e) {
    throw StoreError(ErrorKind::unavailable, text(e));
  } catch (const std::exception& e) {
    throw StoreError(ErrorKind::internal, text(e));
  }
}

// A connection and what has been made ready on it: the world of one thread at a time.
struct Connection {
  explicit Connection(const std::string& conninfo) : raw(conninfo), quiet(raw) {
    pqxx::nontransaction session(raw);
    session.exec(kSession);
  }
  bool usable() const { return !doomed && !stale && raw.is_open(); }

  pqxx::connection raw;
  pqxx::quiet_errorhandler quiet;
  std::set<std::string, std::less<>> prepared;
  bool relaxed = false;  // does not wait for the disk at COMMIT
  bool doomed = false;   // answers, but must not be used again
  bool stale = false;    // and so are those that were made before it
};

}  // namespace

// Where libpq meets a key twice, the later one holds.
std::string with_defaults(const std::string& url, std::chrono::milliseconds connect_timeout) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(connect_timeout).count();
  const std::string defaults = fmt::format(
      "connect_timeout={0}{1}keepalives=1{1}keepalives_idle=30{1}keepalives_interval=10{1}"
      "keepalives_count=3{1}"
      "tcp_user_timeout=30000{1}target_session_attrs=read-write{1}fallback_application_name="
      "countersign",
      seconds, url.find("://") == std::string::npos ? " " : "&");
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return defaults + " " + url;
  const auto at = url.find('@');  // a password may hold a question mark
  const auto query = url.find('?', at == std::string::npos ? scheme : at);
  if (query == std::string::npos) return url + "?" + defaults;
  return url.substr(0, query + 1) + defaults + "&" + url.substr(query + 1);
}

struct Tx::Impl {
  Connection& connection;
  std::unique_ptr<pqxx::transaction_base> work;
  const bool alone;
  bool failed = false;  // PostgreSQL answers COMMIT of a failed transaction with a silent rollback

  template <class F>
  auto guarded(std::string_view what, F&& call) -> decltype(call()) {
    try {
      return call();
    } catch (const std::exception& e) {
      failed = true;
      const auto* sql = dynamic_cast<const pqxx::sql_error*>(&e);
      if (sql && sql->sqlstate() == "25006")
        connection.doomed = true;  // the primary is elsewhere now
      if (sql && sql->sqlstate() == kStalePlan) connection.stale = true;
      if (alone && dynamic_cast<const pqxx::broken_connection*>(&e)) {
        connection.stale = true;  // nothing else would notice those that died with it
        throw StoreError(ErrorKind::in_doubt, fmt::format("{}: {}", what, one_line(e.what())));
      }
      rethrow(what);
    }
  }

  // `values`: all as text, or all in binary form.
  template <class Values>
  Rows prepared(const Statement& statement, const Values& values) {
    return guarded(statement.name, [&] {
      const std::string name(statement.name);
      if (!connection.prepared.contains(statement.name)) {
        connection.raw.prepare(name, std::string(statement.sql));
        connection.prepared.insert(name);
      }
      auto data = std::make_shared<Row::Data>();
      data->result = work->exec_prepared(name, pqxx::prepare::make_dynamic_params(values));
      return Rows(std::move(data));
    });
  }
};

Rows Tx::exec(const Statement& statement, std::initializer_list<Param> params) {
  std::vector<std::optional<std::string>> values;
  values.reserve(params.size());
  for (const Param& p : params) values.push_back(p.text());
  return impl_.prepared(statement, values);
}

Rows Tx::exec(const Statement& statement, const std::vector<Column>& columns) {
  std::vector<pqxx::binarystring> values;
  values.reserve(columns.size());
  for (const Column& column : columns) values.emplace_back(column.wire());
  return impl_.prepared(statement, values);
}

void Tx::script(const std::string& sql) {
  impl_.guarded("script", [&] { impl_.work->exec(sql); });
}

void Tx::relax() { script("SET LOCAL synchronous_commit = off"); }

void Tx::settle() { exec(stmt::settle); }

core::Instant Tx::now() { return exec(stmt::now)[0].instant("now"); }

struct Database::Impl {
  const DatabaseOptions options;
  const std::string conninfo;

  std::mutex mutex;
  std::condition_variable freed;
  std::vector<std::unique_ptr<Connection>> idle;  // guarded by mutex
  int open = 0;                                   // guarded by mutex; idle ones and those in use

  class Lease;
  void run_once(std::string_view what, Way way, const std::function<void(Tx&)>& work);
};

// One connection of the pool for the time of one transaction.
class Database::Impl::Lease {
 public:
  Lease(Impl& pool, std::string_view what, bool relaxed = false) : pool_(pool), relaxed_(relaxed) {
    std::unique_lock lock(pool.mutex);
    const bool got = pool.freed.wait_for(
        lock, kPatience, [&] { return !pool.idle.empty() || pool.open < pool.options.pool; });
    if (!got) {
      throw StoreError(ErrorKind::unavailable,
                       fmt::format("{}: all {} database connections are busy", what, pool.open));
    }
    if (pool.idle.empty()) {
      ++pool.open;
      return;
    }
    // The one used last of those that already wait as this work wants it.
    const auto fits = std::find_if(pool.idle.rbegin(), pool.idle.rend(),
                                   [&](const auto& one) { return one->relaxed == relaxed; });
    const auto taken =
        fits == pool.idle.rend() ? std::prev(pool.idle.end()) : std::prev(fits.base());
    connection_ = std::move(*taken);
    pool.idle.erase(taken);
  }
  ~Lease() {
    const std::lock_guard lock(pool_.mutex);
    if (connection_ && connection_->stale) {
      pool_.open -= static_cast<int>(pool_.idle.size());
      pool_.idle.clear();
    }
    if (connection_ && connection_->usable()) {
      pool_.idle.push_back(std::move(connection_));
    } else {
      --pool_.open;
    }
    pool_.freed.notify_one();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Connection& connection() {
    if (!connection_) connection_ = std::make_unique<Connection>(pool_.conninfo);
    return *connection_;
  }

  // Begins something on the connection. One that died while it lay idle is replaced: nothing was
  // done on it yet.
  template <class Transaction>
  std::unique_ptr<Transaction> begin() {
    const bool pooled = connection_ != nullptr;
    try {
      return begin_now<Transaction>();
    } catch (const std::exception&) {
      if (!pooled || connection_->raw.is_open()) throw;
    }
    connection_.reset();
    return begin_now<Transaction>();
  }

 private:
  template <class Transaction>
  std::unique_ptr<Transaction> begin_now() {
    Connection& c = connection();
    if (c.relaxed != relaxed_) {
      pqxx::nontransaction(c.raw).exec(relaxed_ ? "SET synchronous_commit = off"
                                                : "SET synchronous_commit = on");
      c.relaxed = relaxed_;
    }
    return std::make_unique<Transaction>(c.raw);
  }

  Impl& pool_;
  const bool relaxed_;
  std::unique_ptr<Connection> connection_;
};

void Database::Impl::run_once(std::string_view what, Way way,
                              const std::function<void(Tx&)>& work) {
  Lease lease(*this, what, way.relaxed);
  std::unique_ptr<pqxx::transaction_base> begun;
  try {
    if (way.alone) {
      begun = lease.begin<pqxx::nontransaction>();
    } else {
      begun = lease.begin<pqxx::work>();
    }
  } catch (const std::exception&) {
    rethrow(what);
  }
  Tx::Impl inner{lease.connection(), std::move(begun), way.alone};
  Tx tx(inner);
  work(tx);
  if (inner.failed) {
    throw StoreError(ErrorKind::internal,
                     fmt::format("{}: went on after a failed statement", what));
  }
  inner.guarded(what, [&] { inner.work->commit(); });
}

Database::Database(DatabaseOptions options)
    : impl_(new Impl{options, with_defaults(options.url, options.connect_timeout), {}, {}, {}}) {}
Database::~Database() = default;

const std::string& Database::url() const { return impl_->options.url; }

void Database::run(std::string_view what, Way way, const std::function<void(Tx&)>& work) {
  for (int left = kTries;; --left) {
    try {
      return impl_->run_once(what, way, work);
    } catch (const Repeatable&) {
      if (left == 1) throw;
    }
  }
}

void Database::script(const std::string& sql) {
  Impl::Lease lease(*impl_, "script");
  try {
    lease.begin<pqxx::nontransaction>()->exec(sql);
  } catch (const std::exception&) {
    rethrow("script");
  }
}

bool Database::reachable(std::string* why) {
  try {
    run("ping", {}, [](Tx& tx) { tx.exec(stmt::ping); });
    return true;
  } catch (const StoreError& e) {
    if (why) *why = e.what();
    return false;
  }
}

}  // namespace countersign::store
