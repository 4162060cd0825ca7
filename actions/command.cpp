#include "actions/command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "actions/attempt.h"
#include "actions/child_process.h"

namespace countersign::actions {
namespace {

using core::Outcome;
using core::OutcomeClass;

// A C string ends at U+0000: what comes after it would silently be lost.
bool is_c_text(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find('\0') == std::string::npos;
}

bool is_variable(const std::string& name) {
  return !name.empty() && name.find('=') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// Fills in argv, cwd and env of the call.
Result<void> read_call(const Json& call, ChildSpec& spec) {
  const Json argv = call.is_object() ? call.value("argv", Json()) : Json();
  if (!argv.is_array() || argv.empty() || !std::ranges::all_of(argv, is_c_text)) {
    return invalid("malformed call: argv must be a list of texts");
  }
  spec.argv = argv.get<std::vector<std::string>>();
  if (!spec.argv.front().starts_with('/'))
    return invalid("malformed call: the program is not an absolute path");

  const Json cwd = call.value("cwd", Json(""));
  if (!is_c_text(cwd)) return invalid("malformed call: cwd must be text");
  if (!cwd.get_ref<const std::string&>().empty()) spec.cwd = cwd.get<std::string>();

  const Json env = call.value("env", Json::object());
  if (!env.is_object()) return invalid("malformed call: env must be an object");
  for (const auto& [name, value] : env.items()) {
    if (!is_variable(name) || !is_c_text(value))
      return invalid("malformed call: env holds what is no variable");
    spec.env[name] = value.get<std::string>();
  }
  return {};
}

Outcome outcome_of_exit(const ChildResult& child, const core::RunRequest& request) {
  const bool declared =
      std::ranges::find(request.not_applied_codes, child.code) != request.not_applied_codes.end();
  const auto klass = declared          ? OutcomeClass::not_applied
                     : child.code == 0 ? OutcomeClass::ok
                                       : OutcomeClass::failed;
  Outcome made =
      outcome(klass, klass == OutcomeClass::ok ? "" : "exit code " + std::to_string(child.code));
  made.code = child.code;
  return made;
}

Outcome outcome_of(const ChildResult& child, const core::RunRequest& request) {
  if (child.end == ChildResult::End::not_started) {
    if (child.cut == ChildResult::Cut::stop)
      return outcome(OutcomeClass::not_applied, "stopped before it began");
    return outcome(OutcomeClass::not_applied,
                   "the program cannot be started: " + std::generic_category().message(child.code));
  }
  // We cut it off: whatever it managed to say about itself, how far it came is not known.
  if (child.cut == ChildResult::Cut::timeout) {
    return outcome(OutcomeClass::ambiguous,
                   "timed out after " + core::format_duration(request.timeout));
  }
  if (child.cut == ChildResult::Cut::stop)
    return outcome(OutcomeClass::ambiguous, "stopped while it was running");
  if (child.end == ChildResult::End::killed) {
    return outcome(OutcomeClass::ambiguous, "killed by signal " + std::to_string(child.code));
  }
  return outcome_of_exit(child, request);
}

}  // namespace

Result<void> CommandRunner::check(const core::Action& action) const {
  const std::string& path = action.entry_point;
  if (!path.starts_with('/')) return invalid("the entry point is not an absolute path");
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0)
    return not_found("the entry point does not exist: " + path);
  if (!S_ISREG(about.st_mode)) return invalid("the entry point is not a file: " + path);
  if (::access(path.c_str(), X_OK) != 0)
    return invalid("the entry point may not be executed: " + path);
  return {};
}

core::Outcome CommandRunner::run(const core::RunRequest& request, std::stop_token stop) {
  return attempt([&] {
    ChildSpec spec;
    spec.env = {{"PATH", "/usr/bin:/bin"}, {"LANG", "C.UTF-8"}, {"HOME", "/"}};
    if (const auto read = read_call(request.call, spec); !read)
      return not_carried_out(read.error());
    spec.env["COUNTERSIGN_STATE_DIR"] = options_.state_dir;
    spec.env["COUNTERSIGN_RUN"] = request.run;
    spec.env["COUNTERSIGN_IDEMPOTENCY_KEY"] = request.idempotency_key;
    spec.env["COUNTERSIGN_FENCE"] = std::to_string(request.fence);
    spec.env["COUNTERSIGN_CORRELATION"] = request.correlation;
    spec.env["TRACEPARENT"] = traceparent(request);
    spec.timeout = request.timeout;
    spec.grace = options_.grace;
    spec.output_limit = request.output_limit;
    spec.on_output = request.on_output;
    ChildResult child = run_child(spec, std::move(stop));
    Outcome made = outcome_of(child, request);
    made.output = std::move(child.output);
    made.truncated = child.truncated;
    return made;
  });
}

}  // namespace countersign::actions
