// The least that is durable: checks the signature, commits one row, starts the program, answers. It decides nothing, keeps no record of what it
// started and forgets what it had not started when it ends. A thread and a database connection per connection, 32 at most.
//   floor PORT CONNINFO SECRET PROGRAM
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace {

constexpr int kThreads = 32;
std::string secret, program;

std::string field(const std::string& text, const char* before, std::size_t length) {
  const auto at = text.find(before);
  return at == std::string::npos ? "" : text.substr(at + std::strlen(before), length);
}

bool authentic(const std::string& head, const std::string& body) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, &size);
  char hex[65];
  for (unsigned i = 0; i < 32; ++i) std::snprintf(hex + 2 * i, 3, "%02x", mac[i]);
  const std::string given = field(head, "X-Hub-Signature-256: sha256=", 64);
  return given.size() == 64 && CRYPTO_memcmp(given.data(), hex, 64) == 0;
}

bool keep(PGconn* db, const std::string& id, const std::string& body) {
  const char* values[] = {id.data(), body.data()};
  const int lengths[] = {static_cast<int>(id.size()), static_cast<int>(body.size())}, formats[] = {1, 1};
  PGresult* result = PQexecPrepared(db, "keep", 2, values, lengths, formats, 0);
  const bool kept = PQresultStatus(result) == PGRES_COMMAND_OK;
  PQclear(result);
  return kept;
}

void begin(std::string key) {
  char* arguments[] = {program.data(), key.data(), nullptr};
  pid_t pid = 0;
  posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environ);
}

// One request and its answer; false when the connection is over.
bool serve(int fd, std::string& in, PGconn* db) {
  std::size_t end = 0, length = 0;
  for (;;) {
    end = in.find("\r\n\r\n");
    if (end != std::string::npos) {
      length = std::strtoul(field(in, "Content-Length: ", 10).c_str(), nullptr, 10);
      if (in.size() >= end + 4 + length) break;
    }
    char buffer[16384];
    const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    in.append(buffer, static_cast<std::size_t>(n));
  }
  const std::string head = in.substr(0, end + 2), body = in.substr(end + 4, length);
  in.erase(0, end + 4 + length);
  const char* status = "401 no";
  if (authentic(head, body)) {
    const bool kept = keep(db, field(head, "X-GitHub-Delivery: ", 16), body);
    status = kept ? "202 yes" : "503 no";
    if (kept) begin(field(body, "\"after\":\"", 16));
  }
  const std::string answer = std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 2\r\n\r\nok";
  return send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) > 0 && head.find("Connection: close") == std::string::npos;
}

void work(int listener, const char* conninfo) {
  PGconn* db = PQconnectdb(conninfo);
  PQclear(PQprepare(db, "keep", "INSERT INTO delivery (id, body) VALUES ($1, $2) ON CONFLICT DO NOTHING", 0, nullptr));
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    std::string in;
    while (serve(fd, in, db)) {
    }
    close(fd);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "floor PORT CONNINFO SECRET PROGRAM\n"), 2;
  secret = argv[3];
  program = argv[4];
  std::signal(SIGCHLD, SIG_IGN);
  PGconn* db = PQconnectdb(argv[2]);
  PQclear(PQexec(db, "CREATE TABLE IF NOT EXISTS delivery (id bytea PRIMARY KEY, body bytea NOT NULL, received_at timestamptz NOT NULL DEFAULT now())"));
  if (PQstatus(db) != CONNECTION_OK) return std::fprintf(stderr, "floor: %s", PQerrorMessage(db)), 1;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 4096) != 0) return std::perror("floor"), 1;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, listener, argv[2]);
}
