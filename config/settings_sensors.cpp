// Sensors: which programs and addresses are asked for events.
#include <fmt/format.h>
#include <pwd.h>
#include <re2/re2.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "bot/core/digest.h"
#include "bot/core/event.h"
#include "bot/core/path.h"
#include "config/pack_parts.h"
#include "config/sections.h"

namespace countersign::config {
namespace {

const std::vector<std::string> kExecKeys = {"name", "kind", "trigger", "command",
                                            "env",  "user", "restart", "dedup"};
const std::vector<std::string> kPollKeys = {"name",  "kind",   "trigger", "url",
                                            "every", "auth",   "headers", "items",
                                            "retry", "cursor", "dedup"};
constexpr core::Duration kShortestPause = std::chrono::milliseconds(10);
constexpr core::Duration kLeastEvery = std::chrono::seconds(1);

void read_backoff(const Reader& reader, Sensor& sensor) {
  if (!reader.map_of({"base", "cap"})) return;
  sensor.base = reader.at("base").duration(sensor.base);
  sensor.cap = reader.at("cap").duration(std::max(sensor.cap, sensor.base));
  if (sensor.base < kShortestPause) reader.at("base").error("must be at least 10ms");
  if (sensor.cap < sensor.base) reader.at("cap").error("must not be shorter than base");
}

void read_dedup(const Reader& reader, Sensor& sensor) {
  if (!reader.map_of({"key", "window"})) return;
  if (!reader.at("key").required_text().empty()) sensor.dedup_key = read_template(reader.at("key"));
  sensor.remember = reader.at("window").duration(sensor.remember);
}

void read_trigger(const Reader& reader, Sensor& sensor) {
  sensor.trigger = reader.required_text();
  if (core::reserved_trigger(sensor.trigger))
    reader.error(
        fmt::format("'{}' is made by the bot itself, choose another type", sensor.trigger));
}

void read_command(const Reader& reader, Sensor& sensor) {
  if (!reader.required()) return;
  if (!reader.is_list()) {
    reader.error("expected a list: the program's absolute path and its arguments");
    return;
  }
  sensor.command = reader.texts();
  const std::string program = sensor.command.empty() ? "" : sensor.command.front();
  if (!program.starts_with('/')) {
    reader.error("must begin with the absolute path of a program; no shell looks for it");
  } else if (::access(program.c_str(), X_OK) != 0 || !std::filesystem::is_regular_file(program)) {
    reader.error(fmt::format("{} is no program that can be started", program));
  }
}

// Text, or where a secret is.
Secret read_value(const Reader& reader, const Secrets& secrets) {
  if (reader.is_text()) return Secret(reader.text());
  return secrets.required(reader).value_or(Secret());
}

void read_env(const Reader& reader, const Secrets& secrets, Sensor& sensor) {
  static const re2::RE2 form("[A-Za-z_][A-Za-z0-9_]*");
  for (const auto& [name, value] : reader.members()) {
    if (!re2::RE2::FullMatch(name, form)) value.error("no environment variable has that name");
    sensor.env[name] = read_value(value, secrets);
  }
}

// Only root can become somebody else, and has to say whom, be it root itself.
void read_user(const Reader& reader, Sensor& sensor) {
  sensor.user = reader.text();
  const bool root = ::geteuid() == 0;
  if (sensor.user.empty()) {
    if (root) reader.error("is required where the bot runs as root: as whom the program runs");
    return;
  }
  const passwd* account = ::getpwnam(sensor.user.c_str());
  if (account == nullptr) {
    reader.error(fmt::format("there is no user '{}'", sensor.user));
  } else if (!root && account->pw_uid != ::geteuid()) {
    reader.error("only a bot that runs as root can start a program as somebody else");
  }
}

void read_exec(const Reader& reader, const Secrets& secrets, Sensor& sensor) {
  read_command(reader.at("command"), sensor);
  read_env(reader.at("env"), secrets, sensor);
  read_user(reader.at("user"), sensor);
  read_backoff(reader.at("restart"), sensor);
}

void read_polled_url(const Reader& reader, Sensor& sensor) {
  static const re2::RE2 form(
      R"(https?://(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?(?:/[^\s?#]*)?(?:\?[^\s#]*)?)");
  sensor.url = reader.required_text();
  if (!sensor.url.empty() && !re2::RE2::FullMatch(sensor.url, form))
    reader.error("expected http(s)://HOST[:PORT][/PATH][?QUERY], without user and fragment");
}

bool header_name(const std::string& name) {
  static const re2::RE2 form(R"([A-Za-z0-9!#$%&'*+.^_`|~-]+)");
  return re2::RE2::FullMatch(name, form);
}

void read_auth(const Reader& reader, const Secrets& secrets, Sensor& sensor) {
  if (!reader.map_of({"bearer", "basic"})) return;
  if (reader.members().size() != 1) {
    reader.error("give exactly one of bearer, basic");
    return;
  }
  std::string value;
  if (const auto bearer = secrets.read(reader.at("bearer"))) value = "Bearer " + bearer->reveal();
  const Reader basic = reader.at("basic");
  if (basic.map_of({"user", "password"})) {
    const std::string user = basic.at("user").required_text();
    if (user.find(':') != std::string::npos) basic.at("user").error("must not hold ':'");
    const auto password = secrets.required(basic.at("password")).value_or(Secret());
    value = "Basic " + core::base64(user + ":" + password.reveal());
  }
  sensor.headers.emplace_back("Authorization", Secret(value));
}

void read_headers(const Reader& reader, const Secrets& secrets, Sensor& sensor) {
  for (const auto& [name, value] : reader.members()) {
    if (!header_name(name)) value.error("no header has that name");
    sensor.headers.emplace_back(name, read_value(value, secrets));
  }
}

void read_cursor(const Reader& reader, Sensor& sensor) {
  if (!reader.map_of({"from", "send"})) return;
  if (!reader.at("from").required_text().empty())
    sensor.cursor_from = read_template(reader.at("from"));
  const Reader send = reader.at("send");
  if (!send.required() || !send.map_of({"query", "header"})) return;
  if (send.members().size() != 1) send.error("give exactly one of query, header");
  sensor.cursor_query = send.at("query").text();
  sensor.cursor_header = send.at("header").text();
  if (send.at("header").present() && !header_name(sensor.cursor_header))
    send.at("header").error("no header has that name");
  if (send.at("query").present() && sensor.cursor_query.empty())
    send.at("query").error("must not be empty");
}

void read_poll(const Reader& reader, const Secrets& secrets, Sensor& sensor) {
  read_polled_url(reader.at("url"), sensor);
  sensor.every = reader.at("every").duration(sensor.every);
  if (sensor.every < kLeastEvery) reader.at("every").error("must be at least 1s");
  read_auth(reader.at("auth"), secrets, sensor);
  read_headers(reader.at("headers"), secrets, sensor);
  sensor.items = reader.at("items").text();
  if (const auto path = core::Path::parse(sensor.items); !sensor.items.empty() && !path)
    reader.at("items").error(path.error().message);
  read_cursor(reader.at("cursor"), sensor);
  read_backoff(reader.at("retry"), sensor);
  reader.at("dedup").required();  // or every answer would bring everything again
}

std::string hash_of(const Reader& reader, const Sensor& sensor) {
  Json content = {reader.json()};
  for (const auto& [name, value] : sensor.env) content.push_back({name, value.reveal()});
  for (const auto& [name, value] : sensor.headers) content.push_back({name, value.reveal()});
  return core::sha256_hex(content.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Sensor read_sensor(const Reader& reader, const Secrets& secrets) {
  Sensor sensor;
  sensor.kind = reader.at("kind").required() ? reader.at("kind").word({"exec", "poll"}, "") : "";
  if (sensor.kind.empty()) return sensor;
  const bool exec = sensor.kind == "exec";
  reader.map_of(exec ? kExecKeys : kPollKeys);
  read_trigger(reader.at("trigger"), sensor);
  exec ? read_exec(reader, secrets, sensor) : read_poll(reader, secrets, sensor);
  read_dedup(reader.at("dedup"), sensor);
  sensor.content_hash = hash_of(reader, sensor);
  return sensor;
}

}  // namespace

std::vector<Sensor> read_sensors(const Reader& sensors, const Secrets& secrets,
                                 const std::vector<Source>& sources) {
  std::vector<Sensor> out;
  std::vector<std::string> taken;
  for (const Source& source : sources) taken.push_back(source.name);
  for (const Reader& reader : sensors.items()) {
    if (!reader.is_map()) {
      reader.error("expected a map with name, kind and trigger");
      continue;
    }
    const std::string name = unique_name(reader, taken);
    out.push_back(read_sensor(reader, secrets));
    out.back().name = name;
  }
  return out;
}

}  // namespace countersign::config
