// What the bot says about a run, as values: pure functions from the record to a Message. The
// adapters render it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/breaker.h"
#include "bot/core/message.h"
#include "bot/core/run.h"
#include "bot/core/standing.h"
#include "bot/engine/freezes.h"
#include "bot/store/approvals.h"
#include "bot/store/events.h"
#include "bot/store/halts.h"
#include "bot/store/runs.h"

namespace countersign::engine {

// Everything the plan message shows.
struct PlanStory {
  core::Run run;
  std::optional<core::Approval> approval;
  std::vector<store::VoteRow> votes;  // of this approval
  core::Electorate electorate;        // who could approve, as far as it was looked up
  std::string cause;                  // "rule ops.x matched event E5", "asked for by ..."
  std::string button_key;
  std::optional<store::Halt> halt;  // keeps a run that is ready from starting
  std::optional<core::Run> check;   // the latest run that checks it
  std::string prefix = "!";         // of commands
  bool retired = false;             // a newer plan of the same run follows in a message of its own
  std::optional<core::Breaker> breaker = {};    // the one it waits for
  std::optional<core::Standing> standing = {};  // by which it starts
  bool may_break_glass = false;                 // somebody may start it alone
  std::optional<FreezeInForce> freeze = {};     // keeps it from starting
  core::Instant now{};                          // what of an escalation counts already
};

// The plan: one message that changes in place over the run's whole life.
core::Message plan_message(const PlanStory& story);
// It has been tried, and is going to be tried again by itself.
bool waits_for_retry(const core::Run& run);
// The answer in the thread once it is over.
core::Message result_message(const core::Run& run);
// How far it is, while it runs, and what is left of that afterwards.
core::Message progress_message(const core::Run& run, std::chrono::milliseconds ran,
                               const std::string& output);
core::Message progress_over_message(const core::Run& run);
// The question about a run whose outcome nobody knows, with its three answers.
core::Message unknown_message(const core::Run& run, const std::vector<store::Attempt>& attempts,
                              const std::string& button_key);
// The plan changed between approval and start.
core::Message changed_message(const core::Run& run, const std::vector<std::string>& differences);

// "waiting for approval", "running", ...: one word for each state everywhere.
std::string_view state_words(core::RunState state);
// "R12", "R13, the check of R12,"
std::string subject_words(const core::Run& run);
core::Tone tone_of(core::RunState state);
// Why a vote did not count, to the voter.
std::string refusal_words(core::VoteVerdict verdict, const std::optional<core::Approval>& approval);
// "host=web-3 keep=5"
std::string parameters_words(const Json& parameters);
std::string join(const std::vector<std::string>& words, const std::string& separator);

// "340 ms", "3.2 s", "4 min 10 s", "2 h 5 min"
std::string length_words(std::chrono::milliseconds length);
// The dry run's output as a file, if the plan shows only its beginning.
std::optional<core::File> whole_dry_run(const core::Run& run);

// "Stopped by alice: wrong host"
core::Line stop_line(const core::StopOrder& stop);

// A message of one or more plain lines.
core::Message note(core::Tone tone, std::string title, std::vector<core::Line> lines = {});

}  // namespace countersign::engine
