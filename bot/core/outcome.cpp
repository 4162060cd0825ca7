#include "bot/core/ports/runner.h"

namespace countersign::core {

void to_json(Json& j, const Outcome& o) {
  j = Json{{"class", name(o.klass)},   {"code", o.code},   {"output", o.output},
           {"truncated", o.truncated}, {"error", o.error}, {"took_ms", o.took.count()}};
}

}  // namespace countersign::core
