#include "adapters/sandbox/faults.h"

namespace countersign::adapters::sandbox {

std::optional<int> Faults::strike(const std::string& user_id, const std::string& path) {
  std::optional<int> status;
  for (Refusing& one : refusing_) {
    if (!one.user_id.empty() && one.user_id != user_id) continue;
    if (path.find(one.path) == std::string::npos) continue;
    if (one.after > 0) {
      --one.after;
      continue;
    }
    --one.count;
    status = one.status;
    break;
  }
  std::erase_if(refusing_, [](const Refusing& one) { return one.count <= 0; });
  return status;
}

}  // namespace countersign::adapters::sandbox
