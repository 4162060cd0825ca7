#include "bot/app/demo_files.h"

#include <filesystem>
#include <fstream>

#include "bot/core/digest.h"

namespace countersign::app {
namespace fs = std::filesystem;

DemoSecrets demo_secrets(const std::string& state_dir, core::IdSource& ids) {
  const fs::path file = fs::path(state_dir) / "seed";
  std::string seed;
  std::getline(std::ifstream(file), seed);
  if (seed.size() < 32) {
    seed = ids.token(32);
    std::ofstream(file) << seed << "\n";
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }
  const auto derive = [&](const char* what) {
    return core::hex(core::hmac(core::HashAlgorithm::sha256, seed, what)).substr(0, 32);
  };
  return {derive("alerts"), derive("gh"), derive("step-up")};
}

Result<std::string> shipped_packs() {
  std::error_code ignored;
  const fs::path binary = fs::read_symlink("/proc/self/exe", ignored);
  for (const fs::path& folder :
       {binary.parent_path() / "../share/countersign/packs", fs::path(COUNTERSIGN_PACKS)}) {
    if (fs::is_directory(folder, ignored)) return fs::canonical(folder, ignored).string();
  }
  return not_found("the packs that come with the program are not where they should be: " +
                   std::string(COUNTERSIGN_PACKS));
}

namespace {

bool lives_in(const std::string& chat, const std::string& half) {
  return chat == half || chat == "both";
}

std::string chats_of(const std::string& chat, const adapters::sandbox::SandboxInfo& sandbox) {
  std::string chats = "chats:\n";
  std::string notify;
  if (lives_in(chat, "mattermost")) {
    chats += "  - {name: mm, kind: mattermost, url: \"" + sandbox.base_url + "\", token: \"" +
             sandbox.bot.token + "\", team: " + sandbox.team_name + "}\n";
    notify += "  - {chat: mm, channel: \"#ops\"}\n";
  }
  if (lives_in(chat, "slack")) {
    chats += "  - {name: sl, kind: slack, app_token: \"" + sandbox.slack.app_token +
             "\", bot_token: \"" + sandbox.slack.bot_token + "\", api_url: \"" +
             sandbox.slack.api_url + "\"}\n";
    notify += "  - {chat: sl, channel: \"#ops\"}\n";
  }
  return chats + "notify:\n" + notify;
}

// alice, bob and carol are the same people in both chats.
std::string roles_of(const std::string& chat) {
  const auto accounts = [&](const std::string& name) {
    std::string out;
    if (lives_in(chat, "mattermost")) out += "\"mm:" + name + "\"";
    if (lives_in(chat, "slack")) out += (out.empty() ? "\"sl:" : ", \"sl:") + name + "\"";
    return out;
  };
  std::string out;
  if (chat == "both") {
    out += "people:\n";
    for (const char* name : {"alice", "bob", "carol"})
      out += "  " + std::string(name) + ": [" + accounts(name) + "]\n";
  }
  return out + "roles:\n  sre: {members: [" + accounts("alice") + ", " + accounts("bob") +
         "]}\n  managers: {members: [" + accounts("carol") + "]}\n";
}

// What production asks for beyond its tier, with times short enough to be watched.
std::string policies_of(const std::string& chat) {
  const std::string mine = lives_in(chat, "mattermost") ? "mm" : "sl";
  return "policies:\n"
         "  - name: production-clusters\n"
         "    for: {actions: \"ops.failover_*\", targets: \"prod-*\"}\n"
         "    approve: [{roles: [sre], count: 1}, {roles: [managers], count: 1}]\n"
         "    expires: 5m\n"
         "    remind: 1m\n"
         "    escalate: {after: 3m, roles: [sre], notify: {chat: " +
         mine +
         ", channel: \"#ops-prod\"}}\n"
         "    cooldown: 10s\n"
         "break_glass: {roles: [sre], notify: {chat: " +
         mine + ", channel: \"#ops\"}}\n";
}

}  // namespace

Result<std::string> write_demo_config(const std::string& state_dir, std::uint16_t port,
                                      const std::string& chat,
                                      const adapters::sandbox::SandboxInfo& sandbox,
                                      const DemoSecrets& secrets) {
  const auto packs = shipped_packs();
  if (!packs) return packs.error();
  const fs::path file = fs::path(state_dir) / "countersign.yaml";
  std::ofstream out(file);
  std::error_code ignored;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write,
                  ignored);  // it holds secrets
  out << "# Written by `countersign demo` at every start; a good place to begin a configuration of "
         "your own.\n"
      << "allow_literal_secrets: true\n"
      << "server: {listen: \"127.0.0.1:" << port << "\", public_url: \"http://127.0.0.1:" << port
      << "\"}\n"
      << "state_dir: \".\"\n"
      << chats_of(chat, sandbox) << "sources:\n"
      << "  - {name: alerts, kind: alertmanager, auth: {bearer: \"" << secrets.alerts_bearer
      << "\"}}\n"
      << "  - {name: gh, kind: github, secret: \"" << secrets.gh_secret << "\"}\n"
      << "  - {name: sensu, kind: generic, trigger: sensu.event_handler, auth: {bearer: \""
      << secrets.alerts_bearer << "\"}}\n"
      << "packs:\n  - \"" << *packs << "\"\n"
      << roles_of(chat) << policies_of(chat) << "step_up: {key: \"" << secrets.step_up_key
      << "\"}\n"
      << "environments: {production: [prod, production]}\n"
      << "promotion: {required: false, min_dry_run: 1s}\n";
  out.close();
  if (!out) return unavailable("cannot write " + file.string());
  return file.string();
}

void write_demo_logs(const std::string& state_dir) {
  for (const char* host : {"web-1", "web-2", "web-3"}) {
    const fs::path folder = fs::path(state_dir) / "demo" / host;
    fs::create_directories(folder);
    for (const char* name : {"access.log", "app.log", "error.log"}) {
      if (fs::exists(folder / name)) continue;
      std::ofstream out(folder / name);
      for (int i = 1; i <= 200; ++i)
        out << "2026-01-15T10:00:00Z " << host << " line " << i << " of a log that fills a disk\n";
    }
  }
}

}  // namespace countersign::app
