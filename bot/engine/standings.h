// Standing approvals: what grants one once its own plan was approved, and taking it back. Using one
// up is the start's business (starter.h).
#pragma once
#include <string>

#include "bot/core/ports/runner.h"
#include "bot/core/standing.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class Standings {
 public:
  static constexpr core::Duration kLongest = std::chrono::hours(24 * 30);

  explicit Standings(const Deps& deps) : deps_(deps), announcer_(deps) {}

  // The run of config::kGrantStanding: as a dry run what it would let happen, in words; otherwise
  // the grant itself, once for its run.
  core::Outcome carry_out(const core::RunRequest& request);

  // In the caller's transaction. Only who may approve such runs takes one back, or who asked for
  // it.
  Result<void> revoke(store::Tx& tx, core::StandingId id, const core::Person& who,
                      const std::string& why, const core::Electorate& electorate) const;
  // Whose word counts for this one. Blocking; not inside a transaction.
  core::Electorate electorate_of(core::StandingId id) const;

 private:
  Result<core::Standing> wanted(const Json& parameters, core::Instant now) const;
  core::Outcome grant(const core::RunRequest& request, const core::Standing& standing);

  const Deps& deps_;
  Announcer announcer_;
};

// "18:00" (UTC, the next one), "4h" from now, or RFC 3339.
std::optional<core::Instant> parse_until(const std::string& text, core::Instant now);

}  // namespace countersign::engine
