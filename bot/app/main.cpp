// countersign: flags in, subcommand out.
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/core/message.h"
#include "bot/store/pg.h"

namespace countersign::app {
namespace {

// What the database says about itself is for logs: people are told what it means for them.
int explain(const store::StoreError& error) {
  if (error.kind() == ErrorKind::unavailable) {
    std::cerr << "countersign: the database does not answer (any more): look what has been done "
                 "before you try again\n";
    return kUnreachable;
  }
  if (error.kind() == ErrorKind::in_doubt) {
    std::cerr << "countersign: the connection to the database broke. It may have been carried out: "
                 "look with `countersign runs list` or `countersign trace` before you try again\n";
    return kFailed;
  }
  std::cerr << "countersign: the database refused this, so it was not done: "
            << core::make_visible(error.what(), 300) << "\n";
  return kFailed;
}

}  // namespace
}  // namespace countersign::app

int main(int argc, char** argv) {
  using namespace countersign::app;
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App cli{"Countersign: alerts become plans, people approve them in chat, actions run once."};
  cli.require_subcommand(1);
  cli.set_version_flag("--version", COUNTERSIGN_VERSION);
  cli.set_help_all_flag("--help-all", "Help for all subcommands");
  int exit_code = kDone;
  add_demo(cli, exit_code);
  add_serve(cli, exit_code);
  add_check(cli, exit_code);
  add_doctor(cli, exit_code);
  add_rules(cli, exit_code);
  add_timers(cli, exit_code);
  add_policy(cli, exit_code);
  add_trace(cli, exit_code);
  add_approvals(cli, exit_code);
  add_runs(cli, exit_code);
  add_dead_letters(cli, exit_code);
  add_step_up(cli, exit_code);
  add_tokens(cli, exit_code);
  add_webhook(cli, exit_code);
  add_db(cli, exit_code);
  add_slack(cli, exit_code);
  add_sandbox(cli, exit_code);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e) == 0 ? kDone : kUsage;
  } catch (const countersign::store::StoreError& e) {
    return explain(e);
  } catch (const std::exception& e) {
    std::cerr << "countersign: " << e.what() << "\n";
    return kFailed;
  }
  return exit_code;
}
