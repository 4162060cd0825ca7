// What the two platforms that our sandbox plays have in common: the sandbox, its clock, and the
// line by which the bot reaches it. People act past the line.
#pragma once
#include <atomic>
#include <optional>

#include "adapters/net/io.h"
#include "adapters/sandbox/sandbox.h"
#include "bot/core/ports/services.h"
#include "tests/contract/chat/line.h"
#include "tests/contract/chat/platform.h"

namespace countersign::contract {

// A text of an object; empty if there is none.
std::string text_at(const Json& json, const char* key);

class SandboxPlatform : public Platform {
 public:
  void hold_clock() override { held_ = now(); }
  void an_hour_passes() override { behind_ = 0; }
  void wait_for_attempts(int count) override { line_->wait_for_refused(count); }

 protected:
  // `url_of`: where the platform listens.
  SandboxPlatform(Begin begin,
                  const std::function<std::string(const adapters::sandbox::SandboxInfo&)>& url_of);

  // Fails the test unless the answer is a good one. A null body is a GET.
  static Json call(const std::string& url, const Json& body = nullptr,
                   const std::string& token = "", const std::string& method = "");
  static std::string bytes(const std::string& url, const std::string& token);
  // The address as the bot is given it.
  std::string by_line(std::string url) const;

  // The ids of chance are of no importance here, only that they differ.
  class Ids : public core::IdSource {
   public:
    core::CorrelationId correlation() override;
    std::string uuid() override { return token(16); }
    std::string token(int bytes) override;
    double chance() override { return 0.0; }

   private:
    std::atomic<int> count_ = 0;
  };

  std::atomic<std::int64_t> held_ = 0;
  std::atomic<std::int64_t> behind_;
  adapters::sandbox::Sandbox sandbox_;
  adapters::sandbox::SandboxInfo info_;
  std::unique_ptr<Line> line_;
  net::Io io_;  // the bot's
  Ids ids_;

 private:
  std::int64_t now() const;
};

}  // namespace countersign::contract
