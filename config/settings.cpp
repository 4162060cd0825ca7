#include "config/settings.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <filesystem>

#include "bot/core/cidr.h"
#include "config/sections.h"
#include "config/time_of_day.h"

namespace countersign::config {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kKeys = {
    "server",       "retention", "database",       "state_dir",
    "chats",        "notify",    "sources",        "packs",
    "roles",        "people",    "tiers",          "blast_radius",
    "environments", "promotion", "command_prefix", "allow_literal_secrets",
    "step_up",      "policies",  "teams",          "stand_ins",
    "break_glass",  "sensors",   "freezes",
};

std::string against(const fs::path& folder, const std::string& path) {
  return (folder / path).lexically_normal().string();
}

void read_listen(const Reader& listen, Server& server) {
  if (!listen.present()) return;
  static const re2::RE2 form(R"((?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]]+)):([0-9]{1,5}))");
  std::string v6;
  std::string host;
  int port = 0;
  const std::string text = listen.text();
  if (!listen.is_text()) return;
  if (!re2::RE2::FullMatch(text, form, &v6, &host, &port) || port > 65535) {
    listen.error(fmt::format("expected HOST:PORT such as 127.0.0.1:8080, found '{}'", text));
    return;
  }
  server.address = v6.empty() ? host : v6;
  server.port = static_cast<std::uint16_t>(port);
}

Server read_server(const Reader& reader) {
  Server server;
  reader.map_of({"listen", "public_url", "trusted_proxies", "queue_limit"});
  read_listen(reader.at("listen"), server);
  server.queue_limit = reader.at("queue_limit").number(100, 100'000'000, server.queue_limit);
  server.trusted_proxies = read_blocks(reader.at("trusted_proxies"));
  server.public_url = read_url(reader.at("public_url"));
  if (!server.public_url.empty()) return server;
  const bool v6 = server.address.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + server.address + "]" : server.address;
  server.public_url = fmt::format("http://{}:{}", host, server.port);
  if (server.address == "0.0.0.0" || server.address == "::") {
    reader.at("public_url")
        .warning(fmt::format("left out, so chats will call {}, which is no address to call",
                             server.public_url));
  }
  return server;
}

std::vector<std::string> read_packs(const Reader& packs, const fs::path& folder) {
  std::vector<std::string> out;
  for (const Reader& item : packs.items()) {
    const std::string path = item.required_text();
    if (path.empty()) continue;
    out.push_back(against(folder, path));
    std::error_code failure;
    if (!fs::is_directory(out.back(), failure)) {
      item.error(fmt::format("there is no folder {}", out.back()));
    }
  }
  return out;
}

std::string read_prefix(const Reader& reader, const std::string& fallback) {
  const std::string prefix = reader.text(fallback);
  // Chats keep '/' for themselves and '@' for people; letters would turn talk into commands.
  static const re2::RE2 form(R"([!$%&*+,.:;=?^~<>|#-]{1,4})");
  if (re2::RE2::FullMatch(prefix, form)) return prefix;
  reader.error("must be one to four of ! $ % & * + , . : ; = ? ^ ~ < > | # -");
  return fallback;
}

void read_limits(const Reader& root, Settings& settings) {
  const Reader blast = root.at("blast_radius");
  blast.map_of({"targets"});
  settings.blast_radius_targets = static_cast<std::size_t>(
      blast.at("targets").number(1, 100'000, static_cast<int>(settings.blast_radius_targets)));
  const Reader environments = root.at("environments");
  environments.map_of({"production"});
  if (environments.at("production").present()) {
    settings.environments.production = environments.at("production").texts();
  }
  const Reader promotion = root.at("promotion");
  promotion.map_of({"required", "min_dry_run", "report_at"});
  settings.promotion_required = promotion.at("required").flag(settings.promotion_required);
  settings.min_dry_run = promotion.at("min_dry_run").duration(settings.min_dry_run);
  if (promotion.at("report_at").present())
    settings.dry_report_at = std::chrono::minutes(read_time_of_day(promotion.at("report_at")));
}

void read_all(const Reader& root, Settings& settings) {
  const fs::path folder = fs::absolute(settings.file).parent_path();
  settings.state_dir = against(folder, settings.state_dir);
  if (!root.required() || !root.map_of(kKeys)) return;
  settings.allow_literal_secrets = root.at("allow_literal_secrets").flag(false);
  const Secrets secrets(folder, settings.allow_literal_secrets);
  settings.server = read_server(root.at("server"));
  const Reader database = root.at("database");
  database.map_of({"url"});
  settings.database_url = secrets.database_url(database.at("url"));
  settings.state_dir = against(folder, root.at("state_dir").text(settings.state_dir));
  settings.chats = read_chats(root.at("chats"), secrets);
  settings.notify = read_notify(root.at("notify"), settings.chats);
  settings.sources = read_sources(root.at("sources"), secrets);
  settings.sensors = read_sensors(root.at("sensors"), secrets, settings.sources);
  settings.retention = read_retention(root.at("retention"), settings.sources);
  settings.packs = read_packs(root.at("packs"), folder);
  settings.people = read_people(root.at("people"), settings.chats);
  settings.roles = read_roles(root.at("roles"), settings.chats);
  settings.tiers = read_tiers(root.at("tiers"));
  settings.step_up = read_step_up(root.at("step_up"), secrets);
  read_limits(root, settings);
  settings.teams = read_teams(root.at("teams"), settings);
  settings.stand_ins = read_stand_ins(root.at("stand_ins"), settings);
  settings.policies = read_policies(root.at("policies"), settings);
  settings.break_glass = read_break_glass(root.at("break_glass"), settings);
  settings.freezes = read_freezes(root.at("freezes"), settings);
  check_step_up(root);
  settings.command_prefix = read_prefix(root.at("command_prefix"), settings.command_prefix);
}

Loaded from_document(Document document) {
  Loaded loaded;
  loaded.settings.file = document.file;
  loaded.problems = document.problems;
  if (loaded.problems.empty()) {
    read_all(Reader(document, loaded.problems), loaded.settings);
    sort_by_place(loaded.problems);
  }
  return loaded;
}

}  // namespace

Loaded load_settings(const std::string& file) { return from_document(read_document(file)); }

Loaded parse_settings(const std::string& yaml, const std::string& file) {
  return from_document(parse_document(yaml, file));
}

bool valid_name(const std::string& name) {
  static const re2::RE2 form("[a-z0-9_-]{1,64}");
  return re2::RE2::FullMatch(name, form);
}

std::vector<std::string> read_blocks(const Reader& blocks) {
  std::vector<std::string> out;
  for (const Reader& item : blocks.items()) {
    const std::string text = item.required_text();
    if (text.empty()) continue;
    const auto block = core::Cidr::parse(text);
    if (!block) item.error(block.error().message);
    out.push_back(text);
  }
  return out;
}

std::vector<Reader> one_or_more(const Reader& reader) {
  if (!reader.present()) return {};
  if (!reader.is_list()) return {reader};
  auto items = reader.items();
  if (items.empty()) reader.error("is empty: name something, or leave it out");
  return items;
}

std::string unique_name(const Reader& owner, std::vector<std::string>& taken) {
  const Reader reader = owner.at("name");
  const std::string name = reader.required_text();
  if (name.empty()) return {};
  if (!valid_name(name)) {
    reader.error(fmt::format("'{}' may only hold a-z, 0-9, _ and -", name));
    return {};
  }
  if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
    reader.error(fmt::format("'{}' is taken by another entry", name));
    return {};
  }
  taken.push_back(name);
  return name;
}

std::string read_url(const Reader& reader) {
  std::string url = reader.text();
  static const re2::RE2 form(
      R"(https?://(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?(?:/[^\s?#]*)?)");
  if (url.empty()) {
    if (reader.is_text()) reader.error("must not be empty");
    return {};
  }
  if (!re2::RE2::FullMatch(url, form)) {
    reader.error("expected http(s)://HOST[:PORT][/PATH], without user, query and fragment");
    return {};
  }
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace countersign::config
