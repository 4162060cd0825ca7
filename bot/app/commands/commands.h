// The subcommands. Each adds itself to the parser and stores its exit code when it has run.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace countersign::app {

struct ReachFlags;

void add_serve(CLI::App& cli, int& exit_code);
void add_demo(CLI::App& cli, int& exit_code);
void add_sandbox(CLI::App& cli, int& exit_code);
void add_doctor(CLI::App& cli, int& exit_code);
void add_slack(CLI::App& cli, int& exit_code);
void add_check(CLI::App& cli, int& exit_code);
void add_db(CLI::App& cli, int& exit_code);
void add_policy(CLI::App& cli, int& exit_code);
void add_rules(CLI::App& cli, int& exit_code);
void add_past_rules(CLI::App& rules, int& exit_code);  // below `rules`
// What the rules on disk say of an event of the record; the exit code.
int explain_recorded(const ReachFlags& reach, const std::string& id, bool json);
void add_trace(CLI::App& cli, int& exit_code);
void add_dead_letters(CLI::App& cli, int& exit_code);
void add_step_up(CLI::App& cli, int& exit_code);
void add_approvals(CLI::App& cli, int& exit_code);
void add_runs(CLI::App& cli, int& exit_code);
void add_tokens(CLI::App& cli, int& exit_code);
void add_timers(CLI::App& cli, int& exit_code);
void add_webhook(CLI::App& cli, int& exit_code);

}  // namespace countersign::app
