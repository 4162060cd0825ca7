// The database a command line tool talks to: the configured one, or the private one of a bot that
// is running.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "bot/core/result.h"
#include "bot/store/pg.h"

namespace countersign::app {

struct ReachFlags {
  std::string config;
  std::string state_dir = "./var/demo";
};
// --config FILE or --state-dir DIR.
void add_reach_flags(CLI::App& command, ReachFlags& flags);
// A command of `group` with these flags, and --json.
CLI::App* add_reaching(CLI::App& group, const char* name, const char* help, ReachFlags& flags,
                       bool& json);
// Who gives an order and why: --as and --reason, both required.
void add_order_flags(CLI::App& command, std::string& as, std::string& reason);
// An Error says which database was tried and why it does not answer.
Result<std::unique_ptr<store::Database>> reach_database(const ReachFlags& flags);

}  // namespace countersign::app
