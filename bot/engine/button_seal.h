// What a button carries back to us, sealed: anyone may post a button aimed at our address (T36,
// T41), so the context holds a MAC over the verb, the thing and the plan it belongs to.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "bot/core/ids.h"
#include "bot/core/json.h"

namespace countersign::engine {

struct Press {
  std::string verb;  // approve deny why more edit denywhy happened nothappened rerun enrol
  core::RunId run;
  core::ApprovalId approval;
  std::string plan_hash;   // approve, deny: the plan that was shown
  std::int64_t fence = 0;  // answers about an unknown run: the try they are about
};

Json seal(const Press& press, const std::string& key);
// Nothing unless the seal is ours and unbroken.
std::optional<Press> unseal(const Json& context, const std::string& key);

}  // namespace countersign::engine
