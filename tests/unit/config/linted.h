// A folder with one pack, to be linted: rules that somebody writes in a test, and a few actions.
#pragma once
#include <string>

#include "config/lint/lint.h"
#include "config/packs.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {

class LintTest : public testing::Test {
 protected:
  LintTest() {
    folder_.write("p/pack.yaml", "name: p\nversion: 1.0.0\n");
    action("restart", "targets: \"{{ host }}\"\nparameters: {host: {type: string}}\n");
    action("drain", "targets: \"{{ host }}\"\nparameters: {host: {type: string}}\n");
    action("look", "tier: read_only\nparameters: {host: {type: string}}\n");
    settings_.file = "c.yaml";
    settings_.packs = {folder_.path()};
    settings_.promotion_required = false;
    settings_.roles = {{"sre", {"sre", {"mm:alice", "mm:bob"}, {}}}};
    settings_.server.public_url = "https://bot.example.com";
    settings_.sources = {{.name = "alerts", .kind = "alertmanager", .trigger = "prometheus.alert"},
                         {.name = "custom", .kind = "generic", .trigger = "acme.thing"},
                         {.name = "other", .kind = "generic", .trigger = "acme.other"}};
  }

  // A noop with limits and breaker, unless `more` says something else.
  void action(const std::string& name, const std::string& more,
              const std::string& limits = "rate_limit: {limit: 1, per: 1m}\nbreaker: {}\n") const {
    const bool runner = more.find("runner_type:") != std::string::npos;
    folder_.write("p/actions/" + name + ".yaml",
                  "name: " + name + "\n" + (runner ? "" : "runner_type: noop\n") + limits + more);
  }
  // For alerts of one environment and severity, so that nothing is doubtful but what is meant.
  void rule(const std::string& name, const std::string& criteria,
            const std::string& more = "environments: [staging]\n",
            const std::string& call =
                "{ref: p.restart, parameters: {host: \"{{ trigger.host "
                "}}\"}}",
            const std::string& trigger = "{type: acme.thing}") const {
    folder_.write("p/rules/" + name + ".yaml", "name: " + name + "\ntrigger: " + trigger +
                                                   "\ncriteria: {" + criteria +
                                                   "}\naction: " + call + "\n" + more);
  }

  Problems found() const { return load_catalog(settings_, {true, now_}).problems; }
  // "r overlap", "r.key loop!": the rule, the lint, and a mark for errors.
  Texts lints() const {
    Texts out;
    for (const Problem& p : found()) {
      const auto from = p.file.rfind('/') + 1;
      out.push_back(p.file.substr(from, p.file.rfind('.') - from) + " " +
                    (p.lint.empty() ? p.text() : p.lint) +
                    (p.severity == Problem::Severity::error ? "!" : ""));
    }
    return out;
  }
  std::string message() const {
    const auto all = found();
    return all.size() == 1 ? all.front().message : "not one finding";
  }

  const Folder folder_;
  Settings settings_;
  core::Instant now_ = *core::parse_instant("2026-06-01T00:00:00Z");
};

}  // namespace countersign::config
