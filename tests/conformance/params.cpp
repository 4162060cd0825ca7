// params*.json: rendering and casting against action, configuration and datastore contexts, which
// do not exist yet.
#include "tests/conformance/kinds.h"

namespace countersign::conformance {

Tally run_params(const Json& file) {
  Tally tally;
  for (std::size_t i = 0; i < file.at("cases").size(); ++i)
    tally.skip("parameter contexts of StackStorm");
  return tally;
}

}  // namespace countersign::conformance
