#include "tests/door/house.h"

#include <atomic>
#include <fstream>

#include "bot/app/load.h"
#include "bot/core/digest.h"

namespace countersign::door {
namespace {

std::shared_ptr<const engine::Snapshot> configured(const std::string& folder,
                                                   const std::string& database,
                                                   const std::string& more) {
  const std::string file = folder + "/countersign.yaml";
  std::ofstream(file) << "allow_literal_secrets: true\n"
                         "server: {listen: '127.0.0.1:0', trusted_proxies: [127.0.0.0/8]}\n"
                         "database: {url: '"
                      << database
                      << "'}\n"
                         "state_dir: .\n"
                         "sources:\n"
                         "  - {name: alerts, kind: alertmanager, auth: {bearer: "
                      << kToken << "}}\n  - {name: gh, kind: github, secret: " << kGithubSecret
                      << "}\n  - {name: other, kind: github, secret: another-secret}\n"
                         "  - {name: custom, kind: generic, trigger: acme.thing, auth: {bearer: "
                      << kToken
                      << "}, dedup: {key: '{{ body.id }}'}}\n"
                         "  - {name: ce, kind: cloudevents, auth: {bearer: "
                      << kToken << "}}\n"
                      << more;
  auto loaded = app::load_all(file);
  for (const auto& problem : loaded.problems) ADD_FAILURE() << problem.message;
  return loaded.snapshot;
}

}  // namespace

std::string Answer::header(const std::string& name) const {
  const auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto start = at + name.size() + 4;
  return head.substr(start, head.find("\r\n", start) - start);
}

Answer read_answer(const std::string& bytes) {
  Answer answer;
  const auto end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.1 ") || end == std::string::npos) return answer;
  answer.status = std::stoi(bytes.substr(9, 3));
  answer.head = bytes.substr(0, end + 2);
  answer.text = bytes.substr(end + 4);
  return answer;
}

std::string request(const std::string& path, const Fields& headers, const std::string& body,
                    bool keep) {
  std::string bytes = "POST " + path + " HTTP/1.1\r\nHost: door.test\r\n";
  for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
  if (!keep) bytes += "Connection: close\r\n";
  return bytes + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Fields signed_by_github(const std::string& delivery, const std::string& body,
                        const std::string& secret) {
  const auto digest = core::hmac(core::HashAlgorithm::sha256, secret, body);
  return {{"X-GitHub-Delivery", delivery},
          {"X-GitHub-Event", "push"},
          {"X-Hub-Signature-256", "sha256=" + core::hex(digest)}};
}

std::string another_address() {
  static std::atomic<unsigned> count = 0;
  const unsigned n = ++count;
  return "198.18." + std::to_string(n / 250 % 250) + "." + std::to_string(n % 250 + 1);
}

Door::Door(const std::string& more) {
  const auto snapshot = configured(folder_.path(), database_.url(), more);
  if (!snapshot) return;
  app_ = std::make_unique<app::App>(snapshot);
  const auto started = app_->start([](const std::string&) {});
  EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().message);
  EXPECT_TRUE(app_->wait_ready(std::chrono::minutes(1)));
}

Door::~Door() = default;

Answer Door::send(const std::string& bytes) {
  auto socket = connect();
  socket.send(bytes);
  return read_answer(socket.read_to_end());
}

Answer Door::deliver(const std::string& source, Fields headers, const std::string& body) {
  headers.emplace_back("X-Forwarded-For", another_address());
  return send(request("/hooks/" + source, headers, body));
}

Answer Door::custom(const std::string& body) {
  return deliver("custom", {{"Authorization", std::string("Bearer ") + kToken}}, body);
}

bool Door::becomes(const std::string& sql, const std::string& expected) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (value(sql) != expected) {
    if (std::chrono::steady_clock::now() > deadline) return false;
  }
  return true;
}

}  // namespace countersign::door
