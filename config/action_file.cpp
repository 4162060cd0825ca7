// actions/*.yaml: StackStorm's metadata and ours.
#include <fmt/format.h>

#include "bot/core/digest.h"
#include "config/failure_parts.h"
#include "config/lint/lint.h"
#include "config/pack_folder.h"
#include "config/pack_parts.h"
#include "config/parameters.h"

namespace countersign::config {
namespace {

const std::vector<std::string> kKeys = {
    // StackStorm's
    "name",
    "pack",
    "description",
    "runner_type",
    "enabled",
    "entry_point",
    "parameters",
    "output_schema",
    "tags",
    "notify",
    // ours
    "tier",
    "idempotent",
    "idempotency",
    "targets",
    "plan",
    "verify",
    "rollback",
    "args",
    "timeout",
    "output_limit",
    "not_applied_codes",
    "approval",
    "rate_limit",
    "retry",
    "concurrency",
    "breaker",
    "lint",
};
const std::vector<std::string> kRunners = {"command", "http-request", "noop", "announcement"};
const std::vector<std::string> kTiers = {"read_only", "mutating", "high_impact"};

constexpr std::size_t kMostProgram = 64 * 1024 * 1024;
constexpr std::int64_t kMostOutput = 16 * 1024 * 1024;
constexpr core::Duration kLongest = std::chrono::hours(24);

void read_runner(const Reader& reader, core::Action& action) {
  action.runner = reader.required_text();
  if (action.runner.empty()) return;
  for (const std::string& known : kRunners) {
    if (action.runner == known) return;
  }
  reader.error(unknown("runner", action.runner, kRunners));
}

std::string read_program(const Reader& reader, const core::Action& action) {
  const std::string name = reader.required_text();
  if (name.empty()) return {};
  const auto found = find_entry_point(action.folder, name);
  if (!found) reader.error(found.error().message);
  return found ? *found : std::string();
}

core::DryRun read_plan(const Reader& reader, const core::Action& action) {
  using Kind = core::DryRun::Kind;
  if (!reader.present()) return {};
  if (!reader.is_map()) {
    reader.word({"none"}, "none");
    return {};
  }
  if (!reader.map_of({"argument", "entry_point"})) return {};
  const Reader argument = reader.at("argument");
  const Reader program = reader.at("entry_point");
  if (argument.present() == program.present()) {
    reader.error("give either an argument or an entry_point, or none");
  } else if (action.runner != "command") {
    reader.error(fmt::format("a {} action has no dry run: write plan: none", action.runner));
  } else if (argument.present()) {
    return {Kind::argument, argument.required_text()};
  } else {
    return {Kind::entry_point, read_program(program, action)};
  }
  return {};
}

core::Duration read_timeout(const Reader& reader, core::Duration fallback) {
  if (!reader.present()) return fallback;
  const core::Duration out =
      reader.json().is_number()
          ? core::Duration(std::chrono::seconds(reader.number(1, 24 * 3600, 60)))
          : reader.duration(fallback);
  if (out > kLongest) reader.error("must be at most 24h");
  return out;
}

void check_url(const Reader& parameters, const core::Action& action) {
  if (action.runner != "http-request" || parameters.at("url").present()) return;
  parameters.error("an http-request action needs a parameter 'url'");
}

void read_call(const Reader& root, core::Action& action) {
  const Reader program = root.at("entry_point");
  if (action.runner == "command") {
    action.entry_point = read_program(program, action);
  } else if (!program.text().empty()) {
    program.warning("only command actions have an entry point, ignored");
  }
  for (const Reader& item : root.at("args").items()) {
    if (item.required()) action.args.push_back(read_template(item));
  }
  if (!action.args.empty() && action.runner != "command") {
    root.at("args").error("only command actions have arguments");
  }
  action.plan = read_plan(root.at("plan"), action);
  action.timeout = read_timeout(root.at("timeout"), action.timeout);
  const auto limit = static_cast<std::int64_t>(action.output_limit);
  action.output_limit =
      static_cast<std::size_t>(root.at("output_limit").number(1, kMostOutput, limit));
  for (const Reader& item : root.at("not_applied_codes").items()) {
    if (item.required())
      action.not_applied_codes.push_back(static_cast<int>(item.number(1, 599, 1)));
  }
}

void read_safety(const Reader& root, core::Action& action) {
  action.tier = *core::parse_tier(root.at("tier").word(kTiers, "mutating"));
  action.idempotent = root.at("idempotent").flag(false);
  action.key_valid_for =
      read_key_age(root.at("idempotency"), core::effect_of(action), action.key_valid_for);
  action.targets = read_template(root.at("targets"));
  root.at("approval").map_of({"roles"});
  action.roles = root.at("approval").at("roles").texts();
  read_rate_limits(root.at("rate_limit"), action.rate_limit, action.target_limit);
  action.retry = read_retry(root.at("retry"), core::effect_of(action));
  action.concurrency = static_cast<int>(root.at("concurrency").number(1, 1000, 0));
  action.breaker = read_breaker(root.at("breaker"));
  action.verify = read_follow_up(root.at("verify"));
  action.rollback = read_follow_up(root.at("rollback"));
}

// Metadata and programs: one byte changed in either is another action (T31, T58).
std::string hash_of(const Reader& root, const core::Action& action) {
  std::string programs[2];
  std::string why;
  const bool dry_program = action.plan.kind == core::DryRun::Kind::entry_point;
  if (const auto bytes = read_bytes(action.entry_point, kMostProgram, why)) {
    programs[0] = core::sha256_hex(*bytes);
  } else if (!action.entry_point.empty()) {
    root.at("entry_point").error(why);
  }
  if (const auto bytes = read_bytes(dry_program ? action.plan.value : "", kMostProgram, why)) {
    programs[1] = core::sha256_hex(*bytes);
  }
  return core::sha256_of_parts(action.ref, root.json().dump(), programs[0], programs[1]);
}

}  // namespace

core::Action read_action(const Reader& root, const std::string& folder,
                         const std::string& default_pack) {
  core::Action action;
  action.folder = folder;
  if (!root.required() || !root.map_of(kKeys)) return action;
  const std::string name = read_resource_name(root);
  action.pack = root.at("pack").text(default_pack);
  if (!name.empty()) action.ref = action.pack + "." + name;
  action.description = root.at("description").text();
  action.enabled = root.at("enabled").flag(true);
  read_runner(root.at("runner_type"), action);
  action.parameters = read_parameters(root.at("parameters"));
  check_url(root.at("parameters"), action);
  read_call(root, action);
  read_safety(root, action);
  check_allowed_lints(root.at("lint"));
  warn_if_given(root.at("notify"), "is not supported yet, ignored");
  warn_if_given(root.at("output_schema"), "outputs are not checked against it yet");
  action.content_hash = hash_of(root, action);
  return action;
}

LoadedAction parse_action(const std::string& yaml, const std::string& file,
                          const std::string& folder, const std::string& default_pack) {
  const Document document = parse_document(yaml, file);
  LoadedAction loaded{{}, document.problems};
  if (loaded.problems.empty()) {
    loaded.action = read_action(Reader(document, loaded.problems), folder, default_pack);
    sort_by_place(loaded.problems);
  }
  return loaded;
}

}  // namespace countersign::config
