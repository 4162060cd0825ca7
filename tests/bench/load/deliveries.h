// What is sent: pushes as GitHub signs them ("gh"), or groups of two to seven alerts with a bearer
// token as Alertmanager sends them ("am"); 2 to 8 KB each, in a fixed cycle of sizes. A number
// makes a delivery, always the same one, and has a key of 16 digits. A key ends in 0: the alerts
// of a group have the keys from there on as their fingerprints.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "mac.h"

class Deliveries {
 public:
  // `credential`: the secret, or the token. `closing`: the sender wants no second answer.
  Deliveries(const std::string& kind, std::string credential, bool closing)
      : alerts_(kind == "am"), credential_(std::move(credential)), closing_(closing) {
    for (std::size_t i = 0; i < kShapes; ++i) shapes_.push_back(alerts_ ? group(i) : push(i));
  }

  static std::string key(std::uint64_t number) {
    return digits(number * 0x9E3779B97F4A7C15ull << 4);  // an odd factor keeps numbers apart
  }
  int events(std::uint64_t number) const { return shapes_[number % kShapes].events; }

  std::string body(std::uint64_t number) const {
    const Shape& shape = shapes_[number % kShapes];
    const std::string key = Deliveries::key(number);
    std::string body = shape.text;
    for (const std::size_t at : shape.keys) body.replace(at, kPrefix, key, 0, kPrefix);
    return body;
  }
  Mac sign(std::uint64_t number) const { return mac_of(credential_, body(number)); }

  // The whole request.
  std::string request(std::uint64_t number, const Mac& mac) const {
    const std::string body = this->body(number);
    std::string out = "POST /hooks/";
    out += alerts_ ? "am" : "gh";
    out += " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
    if (alerts_) {
      out += "Authorization: Bearer " + credential_;
    } else {
      out += "X-GitHub-Event: push\r\nX-GitHub-Delivery: " + key(number);
      out += "\r\nX-Hub-Signature-256: sha256=" + hex_of(mac);
    }
    if (closing_) out += "\r\nConnection: close";
    return out + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  struct Shape {
    std::string text;
    std::vector<std::size_t> keys;  // where a key stands
    int events = 1;
  };
  static constexpr std::size_t kShapes = 12;
  static constexpr std::size_t kLeast = 2'560, kStep = 480;
  static constexpr std::size_t kPrefix = 15;  // digits of a key that all alerts of a group share

  static std::string digits(std::uint64_t n) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(n));
    return text;
  }
  // Forty digits as commits have them, which no compression makes shorter.
  static std::string commit_id(std::uint64_t seed) {
    std::string id;
    for (std::uint64_t i = 1; id.size() < 40; ++i)
      id += digits((seed * 8 + i) * 0xBF58476D1CE4E5B9ull ^ (seed + i) << 29);
    return id.substr(0, 40);
  }
  // `@` stands for a key but its last digit.
  static Shape shape_of(const std::string& text, int events) {
    Shape shape{{}, {}, events};
    for (const char c : text) {
      if (c == '@') shape.keys.push_back(shape.text.size());
      c == '@' ? shape.text.append(kPrefix, '0') : shape.text += c;
    }
    return shape;
  }

  static std::string commit(std::uint64_t seed) {
    const std::string id = commit_id(seed), tree = commit_id(seed + 1'000);
    return R"({"id":")" + id + R"(","tree_id":")" + tree + R"(","distinct":true,)" +
           R"("message":"Make the parser of durations accept weeks\n\nIt stopped at days.",)" +
           R"("timestamp":"2026-01-15T10:00:00+01:00","url":"https://git.example.com/acme/api/commit/)" +
           id + R"(","author":{"name":"alice","email":"alice@example.com","username":"alice"},)" +
           R"("added":[],"removed":[],"modified":["src/duration.cpp","tests/duration.cpp"]})";
  }
  static Shape push(std::size_t i) {
    std::string text =
        R"({"ref":"refs/heads/main","before":")" + commit_id(i + 500) +
        R"(","after":"@0000000000000000000000000","repository":{"id":7,"name":"api",)" +
        R"("full_name":"acme/api","private":true,"html_url":"https://git.example.com/acme/api",)" +
        R"("owner":{"name":"acme","login":"acme","id":12,"type":"Organization"},)" +
        R"("default_branch":"main"},"pusher":{"name":"alice","email":"alice@example.com"},)" +
        R"("sender":{"login":"alice","id":3,"type":"User"},"created":false,"deleted":false,)" +
        R"("forced":false,"base_ref":null,"commits":[)" + commit(100 * i);
    for (std::uint64_t n = 1; text.size() < kLeast - 480 + i * kStep; ++n)
      text += "," + commit(100 * i + n);
    return shape_of(text + "]}", 1);
  }

  static std::string alert(std::size_t n) {
    return R"({"status":"firing","labels":{"alertname":"DiskAlmostFull","env":"production",)"
           R"("instance":"api-)" +
           std::to_string(n) + R"(.example.com:9100","job":"node",)" + R"("pod":"api-@)" +
           std::to_string(n) + R"(","severity":"warning"},"annotations":{)" +
           R"("summary":"The disk of a machine is almost full","description":"The file system )" +
           R"(has less than ten percent left and fills by a percent an hour. Whoever is on duty )" +
           R"(frees some of it, or makes it larger, before the services on it stop.",)" +
           R"("runbook_url":"https://runbooks.example.com/disk"},)" +
           R"("startsAt":"2026-01-15T10:00:00Z","endsAt":"0001-01-01T00:00:00Z",)" +
           R"("generatorURL":"https://prometheus.example.com/graph?g0.expr=)" + commit_id(n + 900) +
           commit_id(n + 901) + R"(","fingerprint":"@)" + std::to_string(n) + R"("})";
  }
  static Shape group(std::size_t i) {
    const std::size_t count = 2 + i / 2;
    std::string all;
    for (std::size_t n = 0; n < count; ++n) all += (n > 0 ? "," : "") + alert(n);
    return shape_of(
        R"({"version":"4","status":"firing","receiver":"countersign","groupKey":)"
        R"("{}:{alertname=\"DiskAlmostFull\", push=\"@0\"}","truncatedAlerts":0,"groupLabels":)"
        R"({"alertname":"DiskAlmostFull"},"commonLabels":{"alertname":"DiskAlmostFull",)"
        R"("env":"production"},"commonAnnotations":{},"externalURL":)"
        R"("https://alerts.example.com","alerts":[)" +
            all + "]}",
        static_cast<int>(count));
  }

  const bool alerts_;
  const std::string credential_;
  const bool closing_;
  std::vector<Shape> shapes_;
};
