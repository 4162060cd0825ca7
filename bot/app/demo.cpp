#include "bot/app/demo.h"

#include <filesystem>
#include <optional>

#include "adapters/sandbox/sandbox.h"
#include "bot/app/app.h"
#include "bot/app/demo_files.h"
#include "bot/app/free_port.h"
#include "bot/app/load.h"
#include "bot/app/random_ids.h"
#include "bot/app/state_dir.h"

namespace countersign::app {
namespace fs = std::filesystem;

struct Demo::Impl {
  explicit Impl(DemoOptions o) : options(std::move(o)) {}
  DemoOptions options;
  RandomIds ids;
  adapters::sandbox::Sandbox sandbox;
  adapters::sandbox::SandboxInfo chat;
  DemoSecrets secrets;
  std::unique_ptr<App> app;
  std::string started;  // makes the printed alert a new one at each start

  std::string page() const {
    return options.chat == "slack" ? chat.slack.page : chat.base_url + "/";
  }
  std::string server() const { return "http://127.0.0.1:" + std::to_string(app->port()); }
  Result<void> start_sandbox();
};

Demo::Demo(DemoOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Demo::~Demo() { stop(); }

// The usual port if it is free, any other if somebody has it.
Result<void> Demo::Impl::start_sandbox() {
  adapters::sandbox::SandboxOptions wanted;
  wanted.port = options.port == 0 ? 0 : wanted.port;
  wanted.snapshot_file = (fs::path(options.state_dir) / "sandbox.json").string();
  auto info = sandbox.start(wanted);
  if (!info && wanted.port != 0) {
    wanted.port = 0;
    info = sandbox.start(wanted);
  }
  if (!info) return info.error();
  chat = *info;
  return {};
}

Result<void> Demo::start(const std::function<void(const std::string&)>& progress) {
  Impl& d = *impl_;
  std::error_code problem;
  fs::create_directories(d.options.state_dir, problem);
  if (problem) return unavailable("cannot make " + d.options.state_dir + ": " + problem.message());
  d.options.state_dir = fs::canonical(d.options.state_dir).string();
  // Before anything of a demo that runs there is written over; the bot takes this lock for good.
  if (const auto unused = StateDir::open(d.options.state_dir, d.ids); !unused)
    return unused.error();
  d.started = core::format_instant(
      std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now()));
  d.secrets = demo_secrets(d.options.state_dir, d.ids);
  write_demo_logs(d.options.state_dir);
  if (auto started = d.start_sandbox(); !started) return started;
  const std::uint16_t port = d.options.port != 0 ? d.options.port : free_port();
  const auto config =
      write_demo_config(d.options.state_dir, port, d.options.chat, d.chat, d.secrets);
  if (!config) return config.error();
  auto loaded = load_all(*config);
  if (!loaded.snapshot)
    return invalid("the demo's configuration does not load: " + loaded.problems.front().text());
  d.app = std::make_unique<App>(loaded.snapshot);
  if (auto started = d.app->start(progress); !started) return started;
  d.sandbox.set_bot_page(d.server() + "/");
  if (progress) progress("waiting for the bot to enter its chat ...");
  if (d.app->wait_ready(std::chrono::seconds(60))) return {};
  std::string why;
  for (const auto& [part, reason] : d.app->missing())
    why += (why.empty() ? "" : "; ") + part + ": " + reason;
  return unavailable("not ready after a minute: " + why);
}

void Demo::reload() {
  if (impl_->app) log_problems(impl_->app->reload());
}

void Demo::stop() {
  if (impl_->app) impl_->app->stop();
  impl_->sandbox.stop();
}

Json Demo::json() const {
  const Impl& d = *impl_;
  return {
      {"page", d.page()},
      {"server", d.server()},
      {"database_url", d.app->database_url()},
      {"mattermost", d.chat.json()},
      {"slack", d.chat.slack_json()},
      {"sources",
       {{"alerts", {{"url", d.server() + "/hooks/alerts"}, {"bearer", d.secrets.alerts_bearer}}},
        {"gh", {{"url", d.server() + "/hooks/gh"}, {"secret", d.secrets.gh_secret}}},
        {"sensu", {{"url", d.server() + "/hooks/sensu"}, {"bearer", d.secrets.alerts_bearer}}}}}};
}

std::string Demo::text() const {
  const Impl& d = *impl_;
  const Json alert{
      {"version", "4"},
      {"status", "firing"},
      {"receiver", "countersign"},
      {"groupKey", "{}:{alertname=\"DiskAlmostFull\"}"},
      {"alerts",
       Json::array(
           {{{"status", "firing"},
             {"labels",
              {{"alertname", "DiskAlmostFull"}, {"severity", "warning"}, {"instance", "web-3"}}},
             {"annotations", {{"summary", "disk of web-3 is 91% full"}}},
             {"startsAt", d.started},
             {"endsAt", "0001-01-01T00:00:00Z"},
             {"fingerprint", "d15ca1f0" + d.secrets.gh_secret.substr(0, 8)}}})}};
  return "Countersign demo is up.\n\n"
         "  Chat (you are alice, bob or carol):  " +
         d.page() + (d.options.chat == "both" ? "  and  " + d.chat.slack.page : "") +
         "\n"
         "  The bot's server:                    " +
         d.server() +
         "/\n\n"
         "Fire an alert:\n\n"
         "  curl -sS " +
         d.server() + "/hooks/alerts -H 'Authorization: Bearer " + d.secrets.alerts_bearer +
         "' -H 'Content-Type: application/json' -d '" + alert.dump() +
         "'\n\n"
         "Then approve it in #ops as alice, and ask in its thread: why did this run?\n"
         "The rotated files are below " +
         d.options.state_dir + "/demo. Ctrl-C stops everything.\n";
}

}  // namespace countersign::app
