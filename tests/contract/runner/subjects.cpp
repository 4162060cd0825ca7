#include "tests/contract/runner/subjects.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "actions/announcement.h"
#include "actions/command.h"
#include "actions/http.h"
#include "actions/noop.h"
#include "adapters/net/http_server.h"

namespace countersign::actions::test {
namespace {

using Wish = Subject::Wish;

class CommandSubject : public Subject {
 public:
  CommandSubject() {
    std::string pattern = std::filesystem::temp_directory_path() / "runner-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~CommandSubject() override { std::filesystem::remove_all(folder_); }

  core::Runner& runner() override { return runner_; }
  Json call(Wish wish) override {
    static const std::map<Wish, std::string> kScripts{{Wish::succeed, "echo done"},
                                                      {Wish::fail, "echo broken >&2; exit 1"},
                                                      {Wish::hang, "echo begun; exec sleep 1000"},
                                                      {Wish::print_1000_bytes, "printf %01000d 7"}};
    const std::string note_key = "echo \"$COUNTERSIGN_IDEMPOTENCY_KEY\" >> " + folder_ + "/keys; ";
    return {{"argv", {"/bin/sh", "-c", note_key + kScripts.at(wish)}}};
  }
  std::vector<std::string> keys() override {
    std::vector<std::string> keys;
    std::ifstream in(folder_ + "/keys");
    for (std::string line; std::getline(in, line);) keys.push_back(line);
    return keys;
  }

 private:
  std::string folder_;
  CommandRunner runner_{{folder_, std::chrono::milliseconds(200)}};
};

class HttpSubject : public Subject {
 public:
  HttpSubject()
      : server_(io_, {}, [this](net::HttpRequest request, net::HttpServer::Respond respond) {
          answer(request, std::move(respond));
        }) {
    url_ = "http://127.0.0.1:" + std::to_string(*server_.start());
  }
  ~HttpSubject() override { server_.stop(); }

  core::Runner& runner() override { return runner_; }
  Json call(Wish wish) override {
    static const std::map<Wish, std::string> kPaths{{Wish::succeed, "/ok"},
                                                    {Wish::fail, "/no"},
                                                    {Wish::hang, "/hang"},
                                                    {Wish::print_1000_bytes, "/long"}};
    return {{"method", "POST"}, {"url", url_ + kPaths.at(wish)}, {"body", {{"a", 1}}}};
  }
  std::vector<std::string> keys() override {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

 private:
  void answer(const net::HttpRequest& request, net::HttpServer::Respond respond) {
    const std::string* key = net::find_header(request.headers, "Idempotency-Key");
    {
      const std::lock_guard lock(mutex_);
      keys_.push_back(key == nullptr ? "" : *key);
    }
    if (request.path == "/hang") {
      held_.push_back(std::move(respond));
      if (on_hanging) on_hanging();
    } else if (request.path == "/long") {
      respond({200, {}, std::string(1000, '7')});
    } else {
      respond({request.path == "/ok" ? 200 : 422, {}, "{}"});
    }
  }

  std::mutex mutex_;
  std::vector<std::string> keys_;               // guarded by mutex_
  std::vector<net::HttpServer::Respond> held_;  // io thread only
  net::Io io_;
  net::HttpServer server_;
  std::string url_;
  HttpRunner runner_{{.allow_loopback = true}};
};

class NoopSubject : public Subject {
 public:
  core::Runner& runner() override { return runner_; }
  Json call(Wish wish) override { return wish == Wish::succeed ? Json::object() : Json(); }
  bool shows_keys() const override { return false; }

 private:
  NoopRunner runner_;
};

class AnnouncementSubject : public Subject {
 public:
  core::Runner& runner() override { return runner_; }
  Json call(Wish wish) override {
    if (wish == Wish::hang || wish == Wish::print_1000_bytes) return {};
    return {{"route", wish == Wish::succeed ? "ops" : "nowhere"}, {"message", "hello"}};
  }
  bool shows_keys() const override { return false; }

 private:
  AnnouncementRunner runner_{[](const std::string& route, const Json&) {
    core::Outcome outcome;
    outcome.klass = route == "ops" ? core::OutcomeClass::ok : core::OutcomeClass::failed;
    if (route != "ops") outcome.error = "no such channel";
    return outcome;
  }};
};

}  // namespace

std::unique_ptr<Subject> command_subject() { return std::make_unique<CommandSubject>(); }
std::unique_ptr<Subject> http_subject() { return std::make_unique<HttpSubject>(); }
std::unique_ptr<Subject> noop_subject() { return std::make_unique<NoopSubject>(); }
std::unique_ptr<Subject> announcement_subject() { return std::make_unique<AnnouncementSubject>(); }

}  // namespace countersign::actions::test
