// countersign webhook kinds|sign|verify: what a sender would send, and why a delivery was refused.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "adapters/net/http_client.h"
#include "adapters/webhook/fetched.h"
#include "adapters/webhook/lock.h"
#include "adapters/webhook/samples.h"
#include "adapters/webhook/signature.h"
#include "adapters/webhook/wire.h"
#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/app/random_ids.h"
#include "bot/core/digest.h"

namespace countersign::app {
namespace {

namespace webhook = adapters::webhook;

struct Flags {
  std::string config;
  std::string source;
  std::string file;
  std::string at;
  bool send = false;
  bool show = false;
  bool json = false;
};

core::Instant now() { return std::chrono::floor<core::Duration>(std::chrono::system_clock::now()); }

int wrong(const std::string& why) {
  std::cerr << "countersign: " << why << "\n";
  return kUsage;
}

std::optional<std::string> read_file(const std::string& name) {
  std::ostringstream text;
  if (name == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream in(name, std::ios::binary);
  if (!in) return std::nullopt;
  text << in.rdbuf();
  return text.str();
}

// The configuration, and the source in it. Nothing: said on stderr.
struct Found {
  config::Settings settings;
  config::Source source;
};
std::optional<Found> find_source(const Flags& flags) {
  auto loaded = config::load_settings(flags.config);
  print_problems(loaded.problems);
  if (config::has_errors(loaded.problems)) return std::nullopt;
  for (const config::Source& source : loaded.settings.sources) {
    if (source.name == flags.source) return Found{std::move(loaded.settings), source};
  }
  std::string known;
  for (const config::Source& source : loaded.settings.sources)
    known += (known.empty() ? "" : ", ") + source.name;
  wrong("there is no source '" + flags.source + "'; known: " + (known.empty() ? "none" : known));
  return std::nullopt;
}

int kinds(const Flags& flags) {
  Json out = Json::array();
  for (const config::Sender& sender : config::senders()) {
    Json ways = Json::array();
    if (!sender.signing.header.empty()) ways.push_back("secret");
    if (!sender.token_header.empty()) ways.push_back("token");
    if (sender.tokens) ways.push_back("auth");
    if (sender.public_keys) ways.push_back("public_keys");
    if (sender.oidc) ways.push_back("oidc");
    if (sender.topics) ways.push_back("topics");
    out.push_back({{"kind", sender.kind},
                   {"sender", sender.title},
                   {"trigger", sender.trigger},
                   {"proof", std::move(ways)}});
  }
  if (flags.json) {
    std::cout << out.dump(2) << "\n";
    return kDone;
  }
  for (const Json& row : out) {
    std::string ways;
    for (const Json& way : row["proof"])
      ways += (ways.empty() ? "" : " or ") + way.get<std::string>();
    std::printf("%-18s %-34s %-22s %s\n", row["kind"].get<std::string>().c_str(),
                row["sender"].get<std::string>().c_str(), row["trigger"].get<std::string>().c_str(),
                ways.c_str());
  }
  return kDone;
}

// What the sender shows beside the body. An Error: this proof is not ours to make.
struct Shown {
  net::Headers signature;  // good for this body only
  net::Headers tokens;     // good for any
  std::string query;
};
Result<Shown> proof_of(const config::Source& source, const std::string& body) {
  Shown shown;
  if (source.oidc || source.sns)
    return refused("only the sender itself can sign for this source: its key is not ours");
  if (!source.public_keys.empty() && source.secrets.empty())
    return refused("the private key is the sender's");
  RandomIds ids;
  if (!source.secrets.empty()) shown.signature = webhook::sign(source, ids.uuid(), body, now());
  if (!source.bearers.empty())
    shown.tokens.emplace_back("Authorization", "Bearer " + source.bearers.front().secret.reveal());
  if (!source.basics.empty()) {
    const auto& basic = source.basics.front();
    shown.tokens.emplace_back(
        "Authorization",
        "Basic " + core::base64(basic.user + ':' + basic.password.secret.reveal()));
  }
  if (source.header)
    shown.tokens.emplace_back(source.header->name, source.header->values.front().secret.reveal());
  if (source.query)
    shown.query = '?' + net::percent_encode(source.query->name) + '=' +
                  net::percent_encode(source.query->values.front().secret.reveal());
  return shown;
}

int deliver(net::HttpCall call) {
  const auto result = net::call(call);
  if (result.kind != net::HttpResult::Kind::answered) {
    std::cerr << "countersign: no answer: " << result.why << "\n";
    return kUnreachable;
  }
  std::cout << result.response.status << " " << result.response.body << "\n";
  return result.response.status < 300 ? kDone : kFailed;
}

int sign(const Flags& flags) {
  const auto found = find_source(flags);
  if (!found) return kUsage;
  auto sample = webhook::sample_of(found->source.kind);
  if (!flags.file.empty()) {
    auto body = read_file(flags.file);
    if (!body) return wrong("the file " + flags.file + " cannot be read");
    sample.body = std::move(*body);
  }
  const auto shown = proof_of(found->source, sample.body);
  if (!shown) {
    std::cerr << "countersign: " << shown.error().message << "\n";
    return kFailed;
  }
  net::HttpCall call;
  call.method = "POST";
  call.url = found->settings.server.public_url + "/hooks/" + found->source.name + shown->query;
  call.headers = sample.headers;
  for (const auto* more : {&shown->signature, &shown->tokens})
    call.headers.insert(call.headers.end(), more->begin(), more->end());
  call.body = sample.body;
  if (flags.send) return deliver(std::move(call));
  const bool hide = !flags.show && !(shown->tokens.empty() && shown->query.empty());
  const auto print = [](const net::Headers& headers, bool hidden) {
    for (const auto& [name, value] : headers)
      std::cout << name << ": " << (hidden ? "***" : value) << "\n";
  };
  std::cout << "POST " << (hide ? call.url.substr(0, call.url.find('?')) : call.url) << "\n";
  print(sample.headers, false);
  print(shown->signature, false);
  print(shown->tokens, hide);
  // Into a file it goes byte for byte, so that `verify` finds what was signed.
  std::cout << "\n" << call.body << (isatty(STDOUT_FILENO) == 1 ? "\n" : "");
  std::cout.flush();
  if (hide) std::cerr << "countersign: the token is hidden; --show-secrets prints it\n";
  return kDone;
}

// Fetched when they are asked for: nobody waits at a door here.
class FetchedNow : public webhook::Documents {
 public:
  std::optional<webhook::Document> find(const std::string& url) const override {
    const auto text = webhook::over_http()(url, {});
    if (text) return webhook::Document{*text, now()};
    std::cerr << "countersign: " << url << ": " << text.error().message << "\n";
    return std::nullopt;
  }
};

// Headers, an empty line, the body, as `sign` prints them; a first line without a colon is skipped.
net::HttpRequest request_from(const std::string& text) {
  net::HttpRequest request{"POST", "/", "/", "", {}, "", "127.0.0.1"};
  std::string_view rest = text;
  for (bool first = true; !rest.empty(); first = false) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    const auto colon = line.find(':');
    const auto blank = line.find(' ');
    if (first && blank < colon) {
      const auto question = line.find('?');
      if (question != line.npos)
        request.query = line.substr(question + 1, line.find(' ', question) - question - 1);
      continue;
    }
    if (colon == line.npos) continue;
    const auto value = line.find_first_not_of(" \t", colon + 1);
    request.headers.emplace_back(line.substr(0, colon),
                                 value == line.npos ? "" : line.substr(value));
  }
  request.body = rest;
  return request;
}

int refuse(const Flags& flags, const std::string& why) {
  if (flags.json)
    std::cout << Json{{"accepted", false}, {"why", why}}.dump(2) << "\n";
  else
    std::cout << "refused: " << why << "\n";
  return kFailed;
}

Json described(const webhook::Reading& reading, const std::string& key_id) {
  Json events = Json::array();
  for (const core::Incoming& event : reading.events) {
    events.push_back({{"trigger", event.trigger},
                      {"delivery", event.delivery_id},
                      {"series", event.series},
                      {"status", event.status},
                      {"body", event.body},
                      {"note", event.body_note}});
  }
  return {{"accepted", true},
          {"key", key_id},
          {"answer", reading.answer ? Json(reading.answer->body) : Json()},
          {"events", std::move(events)}};
}

int verify(const Flags& flags) {
  const auto found = find_source(flags);
  if (!found) return kUsage;
  const auto text = read_file(flags.file);
  if (!text) return wrong("the file " + flags.file + " cannot be read");
  const auto at = flags.at.empty() ? now() : core::parse_instant(flags.at);
  if (!at) return wrong("--at wants a time such as 2026-12-31T12:00:00Z");
  const net::HttpRequest request = request_from(*text);
  config::Source source = found->source;
  source.allow.clear();  // a capture does not say where it came from
  const auto proof = webhook::Lock(source).check(source, request, *at, FetchedNow());
  if (proof.kind == webhook::Proof::Kind::needs)
    return refuse(flags, proof.url + " could not be fetched");
  if (proof.kind == webhook::Proof::Kind::refused) return refuse(flags, proof.why);
  RandomIds ids;
  const auto reading = webhook::Wire(source).read(source, request.headers, request.body, ids);
  if (!reading) return refuse(flags, "authentic, but " + reading.error().message);
  const Json out = described(*reading, proof.key_id);
  if (flags.json) {
    std::cout << out.dump(2) << "\n";
    return kDone;
  }
  std::cout << "accepted, proven by " << proof.key_id << "\n";
  if (reading->answer) std::cout << "answered without an event: " << reading->answer->body << "\n";
  for (const Json& event : out["events"]) {
    std::cout << event["trigger"].get<std::string>() << "  delivery "
              << event["delivery"].get<std::string>();
    for (const char* key : {"series", "status", "note"}) {
      if (!event[key].get<std::string>().empty())
        std::cout << "  " << key << " " << event[key].get<std::string>();
    }
    std::cout << "\n";
  }
  return kDone;
}

}  // namespace

void add_webhook(CLI::App& cli, int& exit_code) {
  auto* group = cli.add_subcommand("webhook", "What senders send, and why it is refused");
  group->require_subcommand(1);
  const auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* help, int (*run)(const Flags&)) {
    auto* command = group->add_subcommand(name, help);
    command->callback([flags, run, &exit_code] { exit_code = run(*flags); });
    return command;
  };
  const auto of_source = [flags](CLI::App* command) {
    command->add_option("--config", flags->config, "Configuration file")->required();
    command->add_option("--source", flags->source, "Name of the source")->required();
  };
  add("kinds", "Lists the kinds of sources", kinds)
      ->add_flag("--json", flags->json, "Machine-readable");

  auto* signing = add("sign", "Signs a sample as the source's sender would", sign);
  of_source(signing);
  signing->add_option("--body", flags->file, "Sign this file instead of the sample ('-': stdin)");
  signing->add_flag("--send", flags->send, "Send it to the bot and print the answer");
  signing->add_flag("--show-secrets", flags->show, "Print tokens in clear");

  auto* verifying =
      add("verify", "Says whether a captured delivery is accepted, or why not", verify);
  of_source(verifying);
  verifying
      ->add_option("--request", flags->file,
                   "The delivery: header lines, an empty line, the body ('-': stdin)")
      ->required();
  verifying->add_option("--at", flags->at, "As if it had arrived then (default: now)");
  verifying->add_flag("--json", flags->json, "Machine-readable");
}

}  // namespace countersign::app
