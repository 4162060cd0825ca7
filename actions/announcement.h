// Runner "announcement": says something in a chat. How is the composition root's business: actions
// know no chat.
//
// Call: {"route": text, "message": text or object}.
#pragma once
#include <functional>
#include <string>

#include "bot/core/ports/runner.h"

namespace countersign::actions {

class AnnouncementRunner : public core::Runner {
 public:
  using Announce = std::function<core::Outcome(const std::string& route, const Json& message)>;
  explicit AnnouncementRunner(Announce announce) : announce_(std::move(announce)) {}

  std::string_view kind() const override { return "announcement"; }
  Result<void> check(const core::Action& action) const override;
  core::Outcome run(const core::RunRequest& request, std::stop_token stop) override;

 private:
  const Announce announce_;
};

}  // namespace countersign::actions
