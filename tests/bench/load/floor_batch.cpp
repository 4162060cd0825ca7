// The least that is durable and shares its commits: checks the signature or the token, puts the
// delivery into a line, and a connection to the database that is free inserts all that wait with
// one statement; then each has its answer. It reads no body, decides nothing, keeps no record. One
// thread.
//   floor_batch PORT CONNINFO SECRET TOKEN
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mac.h"

namespace {

constexpr int kDatabases = 2;
constexpr std::size_t kKey = 16;
constexpr unsigned kBytea = 17;  // the type's number in PostgreSQL
constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS delivery (key bytea PRIMARY KEY, body bytea NOT NULL)";
constexpr const char* kInsert =
    "INSERT INTO delivery SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT DO NOTHING";

struct Delivery {
  int fd = -1;
  std::uint64_t visitor = 0;
  std::string key, body;
};

struct Visitor {
  std::uint64_t number = 0;  // descriptors come again
  std::string in;
  bool waits = false, last = false;
};

struct Database {
  PGconn* connection = nullptr;
  std::vector<Delivery> under_way;
};

void add_number(std::string& out, std::size_t n) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift);
}

// An array in PostgreSQL's binary form.
std::string array_of(const std::vector<Delivery>& all, std::string Delivery::*member) {
  std::string out;
  for (const std::size_t n : {std::size_t{1}, std::size_t{0}, std::size_t{kBytea}, all.size(),
                              std::size_t{1}})  // dimensions, nulls, type, length, first index
    add_number(out, n);
  for (const Delivery& one : all) {
    add_number(out, (one.*member).size());
    out += one.*member;
  }
  return out;
}

std::string_view after(std::string_view text, std::string_view name, std::size_t length) {
  const auto at = text.find(name);
  return at == text.npos ? "" : text.substr(at + name.size(), length);
}

class Floor {
 public:
  Floor(int port, const char* conninfo, std::string secret, const std::string& token)
      : secret_(std::move(secret)), bearer_("Authorization: Bearer " + token + "\r\n") {
    for (Database& db : databases_) {
      db.connection = PQconnectdb(conninfo);
      PQclear(PQexec(db.connection, kTable));
      PQclear(PQprepare(db.connection, "insert", kInsert, 0, nullptr));
      if (PQstatus(db.connection) != CONNECTION_OK) fail(PQerrorMessage(db.connection));
      watch(PQsocket(db.connection));
    }
    listen_at(port);
  }

  void run() {
    epoll_event events[256];
    for (;;) {
      const int n = epoll_wait(epoll_, events, 256, -1);
      for (int i = 0; i < n; ++i) handle(events[i].data.fd);
      for (Database& db : databases_)
        if (db.under_way.empty() && !waiting_.empty()) insert(db);
    }
  }

 private:
  [[noreturn]] static void fail(const char* why) {
    std::fprintf(stderr, "floor_batch: %s\n", why);
    std::exit(1);
  }
  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  void listen_at(int port) {
    const int one = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 4096) != 0)
      fail("cannot listen");
    watch(listener_);
  }

  void handle(int fd) {
    if (fd == listener_) return welcome();
    for (Database& db : databases_)
      if (fd == PQsocket(db.connection)) return inserted(db);
    receive(fd);
  }
  void welcome() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) return;
      const int one = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      visitors_[fd] = {++numbers_, {}, false, false};
      watch(fd);
    }
  }
  void receive(int fd) {
    Visitor& visitor = visitors_[fd];
    char buffer[16384];
    const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return leave(fd);
    visitor.in.append(buffer, static_cast<std::size_t>(n));
    const auto end = visitor.in.find("\r\n\r\n");
    if (visitor.waits || end == std::string::npos) return;
    const std::string_view all = visitor.in, head = all.substr(0, end + 2);
    const auto given = after(head, "Content-Length: ", 8);
    const auto length = std::strtoul(given.data(), nullptr, 10);
    if (all.size() < end + 4 + length) return;
    const std::string_view body = all.substr(end + 4, length);
    visitor.last = head.find("Connection: close") != head.npos;
    if (!authentic(head, body)) return answer(fd, "401 no");
    const auto key = after(body, R"("after":")", kKey);
    const auto fingerprint = after(body, R"("fingerprint":")", kKey);
    visitor.waits = true;
    waiting_.push_back(
        {fd, visitor.number, std::string(key.empty() ? fingerprint : key), std::string(body)});
    visitor.in.clear();
  }
  bool authentic(std::string_view head, std::string_view body) const {
    const auto given = after(head, "X-Hub-Signature-256: sha256=", 64);
    if (given.size() != 64) return head.find(bearer_) != head.npos;
    return CRYPTO_memcmp(given.data(), hex_of(mac_of(secret_, body)).data(), 64) == 0;
  }
  void leave(int fd) {
    visitors_.erase(fd);
    close(fd);
  }
  void answer(int fd, const char* status) {
    Visitor& visitor = visitors_[fd];
    visitor.waits = false;
    visitor.in.clear();
    const std::string text = std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 2\r\n\r\nok";
    if (send(fd, text.data(), text.size(), MSG_NOSIGNAL) <= 0 || visitor.last) leave(fd);
  }

  void insert(Database& db) {
    db.under_way.swap(waiting_);
    const std::string keys = array_of(db.under_way, &Delivery::key);
    const std::string bodies = array_of(db.under_way, &Delivery::body);
    const char* values[] = {keys.data(), bodies.data()};
    const int lengths[] = {static_cast<int>(keys.size()), static_cast<int>(bodies.size())};
    const int formats[] = {1, 1};
    if (!PQsendQueryPrepared(db.connection, "insert", 2, values, lengths, formats, 0))
      fail(PQerrorMessage(db.connection));
  }
  void inserted(Database& db) {
    if (!PQconsumeInput(db.connection)) fail(PQerrorMessage(db.connection));
    while (!db.under_way.empty() && !PQisBusy(db.connection)) {
      PGresult* result = PQgetResult(db.connection);
      if (!result) {
        settle(db);
        return;
      }
      stored_ = PQresultStatus(result) == PGRES_COMMAND_OK;
      PQclear(result);
    }
  }
  void settle(Database& db) {
    const auto done = std::exchange(db.under_way, {});
    for (const Delivery& one : done) {
      const auto visitor = visitors_.find(one.fd);
      if (visitor != visitors_.end() && visitor->second.number == one.visitor)
        answer(one.fd, stored_ ? "202 yes" : "503 no");
    }
  }

  const std::string secret_, bearer_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  const int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  std::array<Database, kDatabases> databases_;
  std::unordered_map<int, Visitor> visitors_;
  std::uint64_t numbers_ = 0;
  std::vector<Delivery> waiting_;
  bool stored_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "floor_batch PORT CONNINFO SECRET TOKEN\n"), 2;
  rlimit most{};
  getrlimit(RLIMIT_NOFILE, &most);
  most.rlim_cur = most.rlim_max;
  setrlimit(RLIMIT_NOFILE, &most);
  Floor(std::atoi(argv[1]), argv[2], argv[3], argv[4]).run();
}
