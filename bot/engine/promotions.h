// What makes a rule live, and what ends that. A rule is live for its content: the content_hash that
// people saw tested on the events of former days and agreed to. Another content is a dry run again.
#pragma once
#include <string>
#include <vector>

#include "bot/core/ports/runner.h"
#include "bot/engine/deps.h"
#include "bot/store/promotions.h"

namespace countersign::engine {

// Whether this rule acts, or only shows what it would do.
enum class Liveness {
  live,
  dry,         // the file says so, or says nothing and nobody has promoted it
  unpromoted,  // the file says live, and this content is not promoted
};
std::string_view name(Liveness liveness);
Liveness liveness(store::Tx& tx, const Snapshot& now, const core::Rule& rule);

class Promotions {
 public:
  explicit Promotions(const Deps& deps) : deps_(deps) {}

  // The run of config::kPromoteRule: as a dry run the backtest; otherwise the promotion itself, once
  // for its run, of the content that was tested.
  core::Outcome carry_out(const core::RunRequest& request);

  // The parameters of a run that would promote this rule, its backtest reaching back so far, or in
  // words why it cannot be promoted now.
  Result<Json> wish(store::Tx& tx, const std::string& rule, core::Duration back) const;

  // Back to a dry run, at once; runs that exist go on. In the caller's transaction.
  Result<void> demote(store::Tx& tx, const std::string& rule, const core::Person& who,
                      const std::string& why, const core::Event& order) const;

  // Rules of a newly loaded catalog begin their trial.
  static void begin_trials(store::Tx& tx, const Snapshot& now);

 private:
  Result<const core::Rule*> promotable(store::Tx& tx, const Snapshot& now,
                                       const std::string& ref) const;
  core::Outcome promote(const core::RunRequest& request, const core::Rule& rule);

  const Deps& deps_;
};

}  // namespace countersign::engine
